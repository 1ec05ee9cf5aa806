// Draws a table of a panel. Every text is put there as text, never as markup.
const TALL = 34;
const TALL_NARROW = 58;
const NARROW = 640;
const AROUND = 8;
const CHECK = 38;
const REASONS = { share: 190, least: 130 };
const TEXTLIKE = new Set(["text", "name", "number", "time", "date"]);
let tables = 0;

const make = (name, className = "", text = "") => {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
};

const counted = (number) => number.toLocaleString("en");
const wordOf = (text) => (/^[a-z_]+$/.test(text) ? text : "other");

// JupyterLab's own keys (dd deletes a cell) must not hear what is typed in a table, or on any control of a panel; what
// is pressed with Ctrl (to save, say) it may hear, but for what the table itself knows. It listens at the document, and
// looks for this mark first on the element that has the focus: so the mark is set before, at the window.
window.addEventListener("keydown", ({ target, key, ctrlKey, metaKey }) => {
  if (!target.closest?.(".wfp")) return;
  target.toggleAttribute("data-lm-suppress-shortcuts", key === "a" || !(ctrlKey || metaKey));
}, true);

class View {
  constructor(model, el) {
    this.model = model;
    this.el = el;
    this.key = `wfp-table-${(tables += 1)}`;
    this.words = new RegExp(model.get("_words"), "u");
    this.sort = null;
    this.anchor = null;
    this.before = null;
    this.drawn = new Map();
    this.narrow = false;
    this.tall = TALL;
    this.build();
    this.listen();
    this.load();
  }

  build() {
    const { el } = this;
    el.classList.add("wfp", "wfp-table");
    this.tools = make("div", "wfp-tools");
    this.search = Object.assign(make("input", "wfp-search"), { type: "search", placeholder: "Filter" });
    this.search.ariaLabel = `Filter: ${this.model.get("_label")}`;
    this.facets = make("span", "wfp-facets");
    this.count = make("span", "wfp-count");
    this.order = make("select", "wfp-order");
    this.order.ariaLabel = "Sort by";
    this.tools.append(this.search, this.facets, this.order, this.count);
    this.scroller = make("div", "wfp-scroller");
    Object.assign(this.scroller, { tabIndex: 0, role: "grid", ariaLabel: this.model.get("_label") });
    if (this.selectable) this.scroller.ariaMultiSelectable = "true";
    this.head = make("div", "wfp-head");
    this.head.role = "row";
    this.body = make("div", "wfp-rows");
    this.body.role = "rowgroup";
    this.nothing = make("div", "wfp-nothing");
    this.scroller.append(this.head, this.body, this.nothing);
    this.details = make("dl", "wfp-details");
    this.hint = make("div", "wfp-hint", "Click a row, or walk with the arrow keys, to read it in full.");
    this.foot = make("div", "wfp-foot");
    this.told = make("span", "wfp-told");
    this.told.role = "status";
    this.all = this.button("", () => this.choose(this.rows.free(this.places), true));
    this.only = this.button("Show only these", () => this.toggleOnly());
    this.none = this.button("Choose none", () => this.setChosen(new Set()));
    this.foot.append(this.told, this.all, this.only, this.none);
    this.foot.hidden = !this.selectable;
    el.replaceChildren(this.tools, this.scroller, this.hint, this.details, this.foot);
  }

  button(text, act) {
    const made = make("button", "wfp-small", text);
    made.type = "button";
    made.addEventListener("click", act);
    return made;
  }

  get selectable() {
    return this.model.get("_selectable");
  }

  get filter() {
    return this.model.get("_filter");
  }

  listen() {
    const { model } = this;
    const heard = { "change:_data": () => this.load(), "change:_filter": () => this.renew(true) };
    for (const name of ["change:_picked", "change:_cursor"]) heard[name] = () => this.repaint();
    for (const [name, act] of Object.entries(heard)) model.on(name, act);
    this.watch = new ResizeObserver(() => this.fit());
    this.watch.observe(this.el);
    this.scroller.addEventListener("scroll", () => this.draw(), { passive: true });
    this.scroller.addEventListener("keydown", (event) => this.press(event));
    this.body.addEventListener("click", (event) => this.click(event));
    this.body.addEventListener("mousedown", (event) => event.shiftKey && event.preventDefault());
    this.order.addEventListener("change", () => {
      const { column, down } = JSON.parse(this.order.value);
      this.setSort(column ? { column, down } : null);
    });
    this.search.addEventListener("input", () => this.setFilter({ text: this.search.value }));
    this.end = () => {
      this.watch.disconnect();
      for (const [name, act] of Object.entries(heard)) model.off(name, act);
    };
  }

  // Other rows: nothing of the old ones stays
  load() {
    const data = JSON.parse(new TextDecoder().decode(this.model.get("_data")));
    const others = this.version !== data.version;
    this.version = data.version;
    this.rows = new Rows(data);
    this.heard = null;
    this.hasReasons = this.rows.blocked.some((at) => at >= 0);
    this.anchor = null;
    this.before = null;
    this.drawHead();
    this.drawOrder();
    this.drawFacets();
    this.renew(others);
    this.fit();
  }

  // What counts as chosen: a choice among other rows than these is none
  get chosen() {
    const picked = this.model.get("_picked");
    if (this.heard !== picked) {
      this.heard = picked;
      this.set = new Set(picked.of === this.version ? picked.ids : []);
    }
    return this.set;
  }

  get active() {
    const cursor = this.model.get("_cursor");
    return cursor.of === this.version ? cursor.id : "";
  }

  save(name, value) {
    this.model.set(name, value);
    this.model.save_changes();
  }

  setChosen(chosen) {
    this.save("_picked", { of: this.version, ids: this.rows.settled(chosen) });
  }

  setActive(id) {
    if (id !== this.active) this.save("_cursor", { of: this.version, id });
  }

  setFilter(change) {
    this.save("_filter", { ...this.filter, ...change });
  }

  choose(ids, yes) {
    const chosen = new Set(this.chosen);
    for (const id of ids) yes ? chosen.add(id) : chosen.delete(id);
    this.setChosen(chosen);
  }

  // Exactly the chosen ones, whatever the filter hid; letting go brings back the filter of before
  toggleOnly() {
    const { text, facets, only } = this.filter;
    if (only !== "chosen") {
      this.before = { text, facets };
      this.setFilter({ text: "", facets: {}, only: "chosen" });
      return;
    }
    const untouched = !text && !Object.keys(facets).length;
    this.setFilter({ ...(untouched ? this.before : {}), only: "" });
    this.before = null;
  }

  fit() {
    const narrow = this.el.clientWidth > 0 && this.el.clientWidth < NARROW;
    const changed = narrow !== this.narrow;
    this.narrow = narrow;
    this.tall = narrow ? TALL_NARROW : TALL;
    this.el.classList.toggle("wfp-narrow", narrow);
    this.el.style.setProperty("--wfp-tall", `${this.tall}px`);
    if (changed) this.renew(false);
    else this.draw();
  }

  drawHead() {
    const columns = [...this.rows.columns, ...(this.hasReasons ? [REASONS] : [])];
    const check = this.selectable ? CHECK : 0;
    const widths = columns.map(({ share, least }) => `minmax(${least}px,${share}fr)`);
    this.el.style.setProperty("--wfp-columns", [...(check ? [`${check}px`] : []), ...widths].join(" "));
    this.el.style.setProperty("--wfp-least", `${columns.reduce((sum, { least }) => sum + least, check)}px`);
    const cells = this.rows.columns.map((column) => this.headCell(column));
    if (this.selectable) cells.unshift(this.headCheck());
    if (this.hasReasons) {
      const why = make("div", "wfp-cell wfp-k-why", "why not");
      why.role = "columnheader";
      cells.push(why);
    }
    this.head.replaceChildren(...cells);
  }

  headCheck() {
    const cell = make("div", "wfp-cell wfp-check");
    cell.role = "columnheader";
    this.checkAll = make("button", "wfp-box");
    Object.assign(this.checkAll, { type: "button", role: "checkbox", ariaLabel: "Choose all that are shown" });
    this.checkAll.addEventListener("click", () =>
      this.choose(this.rows.free(this.places), this.checkAll.ariaChecked !== "true"));
    cell.append(this.checkAll);
    return cell;
  }

  headCell({ name, title, kind }) {
    const cell = make("div", `wfp-cell wfp-k-${kind}`);
    cell.role = "columnheader";
    cell.dataset.column = name;
    const button = make("button", "wfp-sort", title);
    button.type = "button";
    button.addEventListener("click", () => this.sortBy(name));
    cell.append(button);
    return cell;
  }

  sortBy(column) {
    const before = this.sort?.column === column ? this.sort : null;
    this.setSort(before?.down ? null : { column, down: Boolean(before) });
  }

  setSort(sort) {
    this.sort = sort;
    this.sayOrder();
    this.renew(true);
  }

  sayOrder() {
    const { column = "", down = false } = this.sort ?? {};
    this.order.value = JSON.stringify({ column, down });
    for (const cell of this.head.querySelectorAll("[data-column]")) {
      cell.ariaSort = cell.dataset.column !== column ? "none" : down ? "descending" : "ascending";
    }
  }

  // On a narrow page, where there are no heads to click
  drawOrder() {
    const choice = (text, column, down) =>
      Object.assign(make("option", "", text), { value: JSON.stringify({ column, down }) });
    this.order.replaceChildren(choice("In the given order", "", false),
      ...this.rows.columns.flatMap(({ name, title }) =>
        [choice(`By ${title}`, name, false), choice(`By ${title}, down`, name, true)]));
    this.sayOrder();
  }

  drawFacets() {
    const fields = this.rows.columns.filter((column) => column.facet).map(({ name, title }) => {
      const select = make("select", "wfp-facet");
      select.ariaLabel = title;
      select.dataset.column = name;
      const word = title.charAt(0).toUpperCase() + title.slice(1);
      select.append(Object.assign(make("option", "", `${word}: any`), { value: "\0" }));
      for (const [text, number] of [...this.rows.counts(name)].sort((a, b) => b[1] - a[1])) {
        select.append(Object.assign(make("option", "", `${text || "(none)"} (${counted(number)})`), { value: text }));
      }
      select.addEventListener("change", () => {
        const facets = { ...this.filter.facets };
        if (select.value === "\0") delete facets[name];
        else facets[name] = select.value;
        this.setFilter({ facets });
      });
      return select;
    });
    this.facets.replaceChildren(...fields);
  }

  // Filter or order changed: which rows are there, and where
  renew(fromTop) {
    const { filter } = this;
    this.places = this.rows.shown(filter, this.sort, this.chosen);
    this.rowOf = new Map(this.places.map((place, row) => [this.rows.ids[place], row]));
    if (this.search.value !== filter.text) this.search.value = filter.text;
    for (const select of this.facets.children) select.value = filter.facets[select.dataset.column] ?? "\0";
    if (fromTop) this.scroller.scrollTop = 0;
    this.body.style.height = `${this.places.length * this.tall}px`;
    this.scroller.style.maxHeight = `${this.model.get("_height")}px`;
    this.scroller.ariaRowCount = String(this.places.length + 1);
    this.sayCounts();
    this.repaint();
  }

  // Choice or cursor changed: the same rows, drawn again
  repaint() {
    const { chosen, rows } = this;
    if (this.filter.only === "chosen" && this.places.some((place) => !chosen.has(rows.ids[place]))) {
      this.renew(false);
      return;
    }
    for (const row of this.drawn.values()) row.remove();
    this.drawn.clear();
    this.draw();
    this.sayChosen();
    this.drawDetails();
  }

  draw() {
    const { tall } = this;
    const first = Math.max(0, Math.floor(this.scroller.scrollTop / tall) - AROUND);
    const room = Math.ceil((this.scroller.clientHeight || this.model.get("_height")) / tall);
    const last = Math.min(this.places.length, first + room + 2 * AROUND);
    for (const [row, element] of this.drawn) {
      if (row >= first && row < last) continue;
      element.remove();
      this.drawn.delete(row);
    }
    const chosen = this.chosen;
    const active = this.active;
    for (let row = first; row < last; row += 1) {
      if (!this.drawn.has(row)) this.drawRow(row, chosen, active);
    }
    const at = this.rowOf.get(active);
    if (this.drawn.has(at)) this.scroller.setAttribute("aria-activedescendant", `${this.key}-${at}`);
    else this.scroller.removeAttribute("aria-activedescendant");
  }

  drawRow(row, chosen, active) {
    const place = this.places[row];
    const id = this.rows.ids[place];
    const reason = this.rows.reason(place);
    const element = make("div", "wfp-line");
    Object.assign(element, { role: "row", id: `${this.key}-${row}`, ariaRowIndex: String(row + 2) });
    element.dataset.row = row;
    element.style.top = `${row * this.tall}px`;
    element.classList.toggle("wfp-active", id === active);
    if (this.selectable) {
      element.ariaSelected = String(chosen.has(id));
      if (reason) element.ariaDisabled = "true";
      element.append(this.checkCell(reason));
    }
    element.append(...(this.narrow ? this.narrowCells(place, reason) : this.wideCells(place, reason)));
    this.drawn.set(row, element);
    this.body.append(element);
  }

  checkCell(reason) {
    const cell = make("div", "wfp-cell wfp-check");
    cell.role = "gridcell";
    cell.append(make("span", "wfp-box"));
    if (reason) cell.title = `Can't be chosen: ${reason}`;
    return cell;
  }

  wideCells(place, reason) {
    const cells = this.rows.columns.map((column, at) => this.cell(column, this.rows.text(place, at)));
    if (this.hasReasons) cells.push(this.cell({ kind: "why" }, reason));
    return cells;
  }

  // On a narrow page a row has two lines: what it is with its mark, and below it all the rest
  narrowCells(place, reason) {
    const { columns } = this.rows;
    const marks = columns.map((_, at) => at).filter((at) => !TEXTLIKE.has(columns[at].kind));
    const main = Math.max(0, columns.findIndex((column) => column.kind === "name"));
    const texts = columns.map((_, at) => this.rows.text(place, at));
    const title = texts[main] ? main : columns.findIndex((column, at) => TEXTLIKE.has(column.kind) && texts[at]);
    const first = this.cell(columns[Math.max(0, title)], texts[Math.max(0, title)]);
    const badges = make("div", "wfp-badges");
    badges.append(...marks.map((at) => this.cell(columns[at], texts[at])));
    const rest = columns
      .map((column, at) => (at === title || marks.includes(at) || !texts[at] ? ""
        : column.kind === "text" ? texts[at] : `${column.title} ${texts[at]}`))
      .filter(Boolean).join(" \u00b7 ");
    const second = this.cell({ kind: reason ? "why" : "text" }, reason || rest);
    second.classList.add("wfp-rest");
    const cell = make("div", "wfp-two");
    cell.role = "presentation";
    cell.append(first, badges, second);
    return [cell];
  }

  cell({ kind }, text) {
    const cell = make("div", `wfp-cell wfp-k-${kind}`);
    cell.role = "gridcell";
    if (kind === "state" && text) cell.classList.add("wfp-mark", `wfp-s-${wordOf(text)}`);
    if (kind === "severity" && text) cell.classList.add("wfp-mark", `wfp-v-${wordOf(text)}`);
    this.put(cell, text);
    if (text.length > 12) cell.title = text;
    return cell;
  }

  // Right-to-left words each in an element of its own, or they pull digits to the wrong side
  put(element, text) {
    for (const [place, part] of text.split(this.words).entries()) {
      if (place % 2) element.append(make("bdi", "", part));
      else if (part) element.append(part);
    }
  }

  drawDetails() {
    const place = this.places[this.rowOf.get(this.active)];
    this.details.hidden = place === undefined;
    this.hint.hidden = place !== undefined || !this.places.length;
    if (place === undefined) return;
    const parts = this.rows.columns.map(({ title, kind }, at) => [title, this.rows.text(place, at), kind]);
    const reason = this.rows.reason(place);
    if (reason) parts.push(["why not", reason, "why"]);
    this.details.replaceChildren(...parts.filter(([, text]) => text).flatMap(([title, text, kind]) => {
      const value = make("dd");
      value.append(this.cell({ kind }, text));
      return [make("dt", "", title), value];
    }));
  }

  sayCounts() {
    const [shown, total] = [this.places.length, this.rows.size];
    const noun = this.model.get("_noun").replace(/s$/, total === 1 ? "" : "s");
    this.count.textContent = shown < total ? `${counted(shown)} of ${counted(total)} ${noun}`
      : `${counted(total)} ${noun}`;
    this.tools.hidden = total === 0;
    this.nothing.hidden = shown > 0;
    if (!shown) {
      this.nothing.replaceChildren(total ? "No row passes this filter. " : this.model.get("_empty"));
      if (total) {
        const everything = { text: "", facets: {}, only: "" };
        this.nothing.append(this.button("Show all", () => this.setFilter(everything)));
      }
    }
  }

  sayChosen() {
    if (!this.selectable) return;
    const chosen = this.chosen;
    const free = this.rows.free(this.places);
    const among = free.filter((id) => chosen.has(id)).length;
    this.told.textContent = this.rows.summary(this.filter, chosen);
    this.checkAll.ariaChecked = !among ? "false" : among === free.length ? "true" : "mixed";
    this.all.textContent = `Choose the ${counted(free.length)} shown`;
    this.all.disabled = among === free.length;
    this.only.setAttribute("aria-pressed", String(this.filter.only === "chosen"));
    this.only.disabled = !chosen.size && this.filter.only !== "chosen";
    this.none.disabled = !chosen.size;
    this.foot.hidden = this.rows.size === 0;
  }

  click(event) {
    const line = event.target.closest(".wfp-line");
    if (!line) return;
    const row = Number(line.dataset.row);
    const id = this.rows.ids[this.places[row]];
    this.setActive(id);
    if (!event.target.closest(".wfp-check")) {
      this.anchor = id;
      return;
    }
    this.toggle(row, event.shiftKey);
    this.scroller.focus({ preventScroll: true });
  }

  // With Shift, from the row that was toggled last up to this one
  toggle(row, further) {
    const id = this.rows.ids[this.places[row]];
    const yes = !this.chosen.has(id);
    const from = further ? (this.rowOf.get(this.anchor) ?? row) : row;
    const span = this.places.slice(Math.min(from, row), Math.max(from, row) + 1);
    this.choose(this.rows.free(span), further ? true : yes);
    this.anchor = id;
  }

  press(event) {
    if (event.target !== this.scroller || event.ctrlKey && event.key !== "a" || event.metaKey && event.key !== "a") return;
    const page = Math.max(1, Math.floor((this.scroller.clientHeight - this.head.offsetHeight) / this.tall) - 1);
    const last = this.places.length - 1;
    const at = this.rowOf.get(this.active) ?? -1;
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + page, PageUp: at - page, Home: 0, End: last }[event.key];
    if (to !== undefined && last >= 0) {
      this.move(at, Math.min(last, Math.max(0, to)), event.shiftKey);
    } else if (event.key === " " && this.selectable && at >= 0) {
      this.toggle(at, event.shiftKey);
    } else if (event.key === "a" && (event.ctrlKey || event.metaKey) && this.selectable) {
      this.choose(this.rows.free(this.places), true);
    } else if (event.key === "/") {
      this.search.focus();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  move(from, to, choosing) {
    if (choosing && this.selectable && from >= 0) {
      const span = this.places.slice(Math.min(from, to), Math.max(from, to) + 1);
      this.choose(this.rows.free(span), true);
    }
    this.setActive(this.rows.ids[this.places[to]]);
    this.anchor = this.rows.ids[this.places[to]];
    const { scroller } = this;
    const over = this.head.offsetHeight + (to + 1) * this.tall - scroller.clientHeight;
    if (to * this.tall < scroller.scrollTop) scroller.scrollTop = to * this.tall;
    else if (over > scroller.scrollTop) scroller.scrollTop = over;
    this.draw();
  }
}

export default {
  render({ model, el }) {
    const view = new View(model, el);
    return () => view.end();
  },
};
