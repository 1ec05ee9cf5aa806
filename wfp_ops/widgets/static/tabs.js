// The tabs of a workbench: one of them is in the order of the Tab key, arrows walk through all.
export default {
  render({ model, el }) {
    el.classList.add("wfp-tabs");
    el.role = "tablist";
    el.ariaLabel = model.get("_label");
    const select = (key) => {
      if (key === model.get("selected")) return;
      model.set("selected", key);
      model.save_changes();
    };
    const draw = () => {
      const [tabs, chosen] = [model.get("_tabs"), model.get("selected")];
      const focused = el.contains(document.activeElement);
      el.replaceChildren(...tabs.map(({ key, busy }) => {
        const tab = document.createElement("button");
        Object.assign(tab, { type: "button", role: "tab", textContent: key, tabIndex: key === chosen ? 0 : -1 });
        tab.ariaSelected = String(key === chosen);
        tab.dataset.tab = key;
        if (busy) {
          const mark = document.createElement("span");
          mark.className = "wfp-busy";
          mark.role = "img";
          mark.ariaLabel = "at work";
          tab.append(mark);
        }
        tab.addEventListener("click", () => select(key));
        return tab;
      }));
      if (focused) el.querySelector("[tabindex='0']")?.focus();
    };
    el.addEventListener("keydown", (event) => {
      const keys = model.get("_tabs").map(({ key }) => key);
      const at = keys.indexOf(model.get("selected"));
      const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: keys.length - 1 }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      select(keys[(to + keys.length) % keys.length]);
    });
    model.on("change:_tabs", draw);
    model.on("change:selected", draw);
    draw();
    return () => {
      model.off("change:_tabs", draw);
      model.off("change:selected", draw);
    };
  },
};
