// A mark on a page: where something new stands, which a person who clicked far away would not see.
const SEEN_UP_TO = 0.6;

export default {
  render({ model, el }) {
    el.classList.add("wfp-here");
    const look = () => {
      // on a tab that is not open there is nothing to go to
      if (!el.getClientRects().length) return;
      const { top } = el.getBoundingClientRect();
      if (top < 0 || top > innerHeight * SEEN_UP_TO) el.scrollIntoView({ block: "start" });
    };
    // what is to be seen is laid out by then
    const come = () => requestAnimationFrame(() => setTimeout(look, 50));
    model.on("msg:custom", come);
    return () => model.off("msg:custom", come);
  },
};
