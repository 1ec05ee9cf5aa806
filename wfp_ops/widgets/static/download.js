// A button that asks the kernel for a file, and hands it to the browser.
export default {
  render({ model, el }) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "jupyter-button wfp-download";
    // the page that was clicked takes the file, and no other that shows the same button
    let waiting = false;
    const look = () => {
      button.textContent = model.get("_label");
      button.disabled = model.get("disabled");
    };
    const take = (message, buffers) => {
      if (!waiting || !buffers?.length) return;
      waiting = false;
      const url = URL.createObjectURL(new Blob([buffers[0]], { type: message.type }));
      const link = Object.assign(document.createElement("a"), { href: url, download: message.name });
      link.click();
      setTimeout(() => URL.revokeObjectURL(url), 60_000);
    };
    button.addEventListener("click", () => {
      waiting = true;
      model.send({ ask: "file" });
    });
    model.on("change:_label", look);
    model.on("change:disabled", look);
    model.on("msg:custom", take);
    look();
    el.replaceChildren(button);
    return () => {
      model.off("change:_label", look);
      model.off("change:disabled", look);
      model.off("msg:custom", take);
    };
  },
};
