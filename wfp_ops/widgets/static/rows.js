// What the table knows: rows, filter, order, choice. No page here, so that tests run it without a browser.
// Rows are told apart by their ids; a place (an index into the data as it came) never leaves this file's callers.

// Numbers within names sort by their value: customer-9 before customer-10
const natural = (text) => text.toLowerCase().replace(/\d+/g, (digits) => digits.padStart(24, "0"));

// What is no number ("unknown") counts as empty
const amount = (text) => {
  const value = text === "" ? NaN : Number(text.replaceAll(",", ""));
  return Number.isNaN(value) ? "" : value;
};

const rank = (ranks) => (text) => (Object.hasOwn(ranks, text) ? ranks[text] : "");

export class Rows {
  // data: {ids, columns: [{name, kind, ranks}], cells: [[text per row] per column], reasons, blocked}
  constructor(data) {
    this.ids = data.ids;
    this.columns = data.columns;
    this.cells = data.cells;
    this.reasons = data.reasons;
    this.blocked = data.blocked;
    this.size = data.ids.length;
    this.placeOf = new Map(data.ids.map((id, place) => [id, place]));
    this.columnAt = new Map(data.columns.map((column, at) => [column.name, at]));
    this.orders = new Map();
    this.haystacks = null;
  }

  text(place, at) {
    return this.cells[at][place];
  }

  // Why a row can't be chosen, or "" where it can
  reason(place) {
    const at = this.blocked[place];
    return at < 0 ? "" : this.reasons[at];
  }

  haystack(place) {
    this.haystacks ??= this.ids.map((_, row) =>
      [...this.cells.map((column) => column[row]), this.reason(row)].join("\n").toLowerCase());
    return this.haystacks[place];
  }

  // How often each text stands in a column: what a facet offers
  counts(name) {
    const found = new Map();
    for (const text of this.cells[this.columnAt.get(name)]) found.set(text, (found.get(text) ?? 0) + 1);
    return found;
  }

  // Whether a row passes: filter is {text, facets: {column: text}, only: "" or "chosen"}
  test(filter, chosen) {
    const words = filter.text.toLowerCase().split(/[ \t\n\r\f\v]+/).filter(Boolean);
    const facets = Object.entries(filter.facets)
      .filter(([name]) => this.columnAt.has(name))
      .map(([name, text]) => [this.cells[this.columnAt.get(name)], text]);
    const only = filter.only === "chosen";
    return (place) =>
      (!only || chosen.has(this.ids[place]))
      && facets.every(([column, text]) => column[place] === text)
      && (!words.length || words.every((word) => this.haystack(place).includes(word)));
  }

  // The places in the order of one column, what is empty last; found once, then kept
  ordered(name) {
    if (!this.orders.has(name)) {
      const at = this.columnAt.get(name);
      const { kind, ranks } = this.columns[at];
      const keyOf = kind === "number" ? amount : ranks ? rank(ranks) : natural;
      const key = this.cells[at].map(keyOf);
      const places = this.ids.map((_, place) => place);
      places.sort((a, b) => {
        if (key[a] === key[b]) return a - b;
        if (key[a] === "") return 1;
        if (key[b] === "") return -1;
        return key[a] < key[b] ? -1 : 1;
      });
      this.orders.set(name, { places, filled: places.filter((place) => key[place] !== "").length });
    }
    return this.orders.get(name);
  }

  inOrder(sort) {
    if (!sort || !this.columnAt.has(sort.column)) return this.ids.map((_, place) => place);
    const { places, filled } = this.ordered(sort.column);
    return sort.down ? [...places.slice(0, filled).reverse(), ...places.slice(filled)] : places;
  }

  // The places to show, in the order to show them
  shown(filter, sort, chosen) {
    return this.inOrder(sort).filter(this.test(filter, chosen));
  }

  // The ids that may be chosen among these places
  free(places) {
    return places.filter((place) => this.blocked[place] < 0).map((place) => this.ids[place]);
  }

  // A choice as it is sent: in the data's order, and never an id that is not there or may not be chosen
  settled(chosen) {
    return this.ids.filter((id, place) => chosen.has(id) && this.blocked[place] < 0);
  }

  // "3 chosen, 1 of them hidden by the filter"
  summary(filter, chosen) {
    const passes = this.test({ ...filter, only: "" }, chosen);
    let all = 0;
    let hidden = 0;
    for (const id of chosen) {
      all += 1;
      if (!passes(this.placeOf.get(id))) hidden += 1;
    }
    const told = `${all.toLocaleString("en")} chosen`;
    return hidden ? `${told}, ${hidden.toLocaleString("en")} of them hidden by the filter` : told;
  }
}
