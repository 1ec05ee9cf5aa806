"use strict";
// Filters, sorts and draws the findings of each account in the page. Every text is put there as text, never as markup.
(() => {
  const KIND = 0, NAMESPACE = 1, WORKER = 2, CUSTOMER = 3, DETAIL = 4, ADVICE = 5, SINCE = 6;
  const STEP = 200;

  // Numbers within names sort by their value: customer-9 before customer-10
  const natural = (text) => text.toLowerCase().replace(/\d+/g, (digits) => digits.padStart(24, "0"));

  function read(section) {
    const data = JSON.parse(section.querySelector("script[type='application/json']").textContent);
    const words = new RegExp(data.rightToLeft, "u");
    const kindOf = (row) => data.kinds[row[KIND]];
    const keys = {
      severity: (row) => data.ranks[kindOf(row)[0]],
      kind: (row) => kindOf(row)[1],
      namespace: (row) => natural(row[NAMESPACE]),
      worker: (row) => natural(row[WORKER]),
      customer: (row) => natural(row[CUSTOMER]),
      since: (row) => row[SINCE],
      detail: (row) => natural(row[DETAIL]),
    };
    return {
      rows: data.rows,
      kindOf,
      words,
      advice: (row) => data.advice[row[ADVICE]],
      keys,
      orders: new Map(),
      haystacks: null,
    };
  }

  // The rows' places in the order of one column, what is empty last; found once, then kept
  function ordered(data, column) {
    if (!data.orders.has(column)) {
      const key = data.rows.map(data.keys[column]);
      const places = data.rows.map((_, place) => place);
      places.sort((a, b) => {
        if (key[a] === key[b]) return a - b;
        if (key[a] === "") return 1;
        if (key[b] === "") return -1;
        return key[a] < key[b] ? -1 : 1;
      });
      data.orders.set(column, { places, filled: places.filter((place) => key[place] !== "").length });
    }
    return data.orders.get(column);
  }

  function inOrder(data, sort) {
    if (!sort.column) return data.rows.map((_, place) => place);
    const { places, filled } = ordered(data, sort.column);
    return sort.down ? [...places.slice(0, filled).reverse(), ...places.slice(filled)] : places;
  }

  function haystack(data, place) {
    data.haystacks ??= data.rows.map((row) =>
      [...data.kindOf(row), ...row.slice(NAMESPACE, ADVICE), data.advice(row), row[SINCE]].join("\n").toLowerCase());
    return data.haystacks[place];
  }

  // Right-to-left words each in an element of its own, as on the page's first rows
  function put(element, text, words) {
    for (const [place, part] of text.split(words).entries()) {
      if (place % 2) element.append(Object.assign(document.createElement("bdi"), { textContent: part }));
      else if (part) element.append(part);
    }
  }

  function drawRow(pattern, data, row) {
    const drawn = pattern.cloneNode(true);
    const [severity, kind] = data.kindOf(row);
    const texts = {
      severity, kind, namespace: row[NAMESPACE], worker: row[WORKER], customer: row[CUSTOMER], since: row[SINCE],
      detail: row[DETAIL], todo: data.advice(row),
    };
    drawn.className = severity;
    for (const cell of drawn.querySelectorAll("[class]")) {
      const text = texts[cell.classList[0]];
      if (text !== undefined) put(cell, text, data.words);
    }
    return drawn;
  }

  function start(section) {
    const body = section.querySelector("tbody");
    const pattern = body.rows[0].cloneNode(true);
    for (const cell of pattern.querySelectorAll("[class]:not(.told)")) cell.textContent = "";
    const first = Number(section.dataset.drawn);
    const tools = section.querySelector(".tools");
    const search = tools.querySelector("input");
    const byKind = tools.querySelector(".by-kind");
    const byColumn = tools.querySelector(".by-column");
    const status = tools.querySelector(".status");
    const chips = [...tools.querySelectorAll("button")];
    const heads = [...section.querySelectorAll("th[data-key]")];
    const more = section.querySelector(".more");
    const [next, all] = more.querySelectorAll("button");
    const sort = { column: "", down: false };
    let held = null;
    let shown = [];
    let drawn = body.rows.length;
    const data = () => (held ??= read(section));

    function matching() {
      const found = data();
      const severities = new Set(chips.filter((chip) => chip.ariaPressed === "true").map((chip) => chip.value));
      const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
      return inOrder(found, sort).filter((place) => {
        const [severity, kind] = found.kindOf(found.rows[place]);
        return (!severities.size || severities.has(severity)) && (!byKind.value || kind === byKind.value)
          && (!words.length || words.every((word) => haystack(found, place).includes(word)));
      });
    }

    function say() {
      const total = data().rows.length;
      const some = drawn < shown.length ? `the first ${drawn.toLocaleString("en")} of ` : "";
      const left = shown.length < total ? ` of ${total.toLocaleString("en")}` : "";
      status.textContent = shown.length
        ? `Showing ${some}${shown.length.toLocaleString("en")}${left}` : "No finding matches this filter";
      more.hidden = drawn >= shown.length;
      next.textContent = `Show ${Math.min(STEP, shown.length - drawn).toLocaleString("en")} more`;
      all.textContent = `Show all ${shown.length.toLocaleString("en")}`;
    }

    function drawUpTo(count) {
      const rows = shown.slice(drawn, count).map((place) => drawRow(pattern, data(), data().rows[place]));
      body.append(...rows);
      drawn += rows.length;
    }

    function renew() {
      shown = matching();
      body.replaceChildren();
      drawn = 0;
      drawUpTo(first);
      say();
    }

    function sortBy(column, down) {
      Object.assign(sort, { column, down });
      for (const head of heads) {
        head.ariaSort = head.dataset.key === column ? (down ? "descending" : "ascending") : "none";
      }
      byColumn.value = column && `${column} ${down ? "down" : "up"}`;
      renew();
    }

    function makeSortable(head) {
      const button = Object.assign(document.createElement("button"), { type: "button", textContent: head.textContent });
      head.replaceChildren(button);
      head.dataset.title = button.textContent;
      head.ariaSort = "none";
      const column = head.dataset.key;
      button.addEventListener("click", () => sortBy(column, sort.column === column && !sort.down));
      for (const [direction, arrow] of [["up", "↑"], ["down", "↓"]]) {
        byColumn.append(new Option(`Sort: ${button.textContent.split(",")[0]} ${arrow}`, `${column} ${direction}`));
      }
    }

    heads.forEach(makeSortable);
    search.addEventListener("input", renew);
    byKind.addEventListener("change", renew);
    byColumn.addEventListener("change", () => {
      const [column, direction] = byColumn.value.split(" ");
      sortBy(column, direction === "down");
    });
    for (const chip of chips) {
      chip.addEventListener("click", () => {
        chip.ariaPressed = String(chip.ariaPressed !== "true");
        renew();
      });
    }
    next.addEventListener("click", () => {
      const place = drawn;
      drawUpTo(drawn + STEP);
      say();
      // The button may be gone now: the keyboard goes on at the first row that is new
      if (more.hidden) Object.assign(body.rows[place], { tabIndex: -1 }).focus();
    });
    all.addEventListener("click", () => {
      const place = drawn;
      drawUpTo(shown.length);
      say();
      Object.assign(body.rows[place], { tabIndex: -1 }).focus();
    });
    // On paper there is no button: all that the filter leaves is printed
    addEventListener("beforeprint", () => drawUpTo(shown.length));
    addEventListener("afterprint", renew);

    shown = data().rows.map((_, place) => place);
    tools.hidden = false;
    say();
  }

  addEventListener("beforeprint", () => {
    for (const closed of document.querySelectorAll("details:not([open])")) closed.open = true;
  });
  for (const section of document.querySelectorAll("section.findings")) {
    if (section.querySelector("tbody")) start(section);
  }
})();
