// A chart on the page: the next one is decoded before it takes the last one's place, so that nothing flickers. It says how
// much room there is, and whether the page is dark, so that the kernel draws what fits.
const STEP = 20;
const SETTLED_MS = 120;

export default {
  render({ model, el }) {
    el.classList.add("wfp-picture");
    let told = "";
    let timer = 0;
    let newest = 0;
    let url = "";
    const themed = () => el.closest("[data-jp-theme-light]") ?? document.body;
    const tell = () => {
      if (el.clientWidth === 0) return;
      const room = { width: Math.floor(el.clientWidth / STEP) * STEP, dark: themed().dataset.jpThemeLight === "false" };
      if (JSON.stringify(room) === told) return;
      told = JSON.stringify(room);
      model.set("_room", room);
      model.save_changes();
    };
    const later = () => {
      clearTimeout(timer);
      timer = setTimeout(tell, SETTLED_MS);
    };
    const draw = async () => {
      const mine = (newest += 1);
      const bytes = model.get("_png");
      if (!bytes?.byteLength) {
        el.replaceChildren();
        return;
      }
      const next = new Image();
      const [width, height] = model.get("_pixels");
      Object.assign(next, { alt: model.get("_alt"), width, height, src: URL.createObjectURL(new Blob([bytes], { type: "image/png" })) });
      try {
        await next.decode();
      } catch {
        // whatever it is, the words that stand for it are shown
      }
      if (mine !== newest) {
        URL.revokeObjectURL(next.src);
        return;
      }
      el.replaceChildren(next);
      if (url) URL.revokeObjectURL(url);
      url = next.src;
    };
    const room = new ResizeObserver(later);
    room.observe(el);
    const theme = new MutationObserver(later);
    theme.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light"] });
    model.on("change:_png", draw);
    draw();
    tell();
    return () => {
      clearTimeout(timer);
      room.disconnect();
      theme.disconnect();
      model.off("change:_png", draw);
      newest += 1;
      if (url) URL.revokeObjectURL(url);
    };
  },
};
