"use strict";
(function () {
  // What was packed (DEFLATE, RFC 1951) made whole again.
  function unpack(packed) {
    const bytes = Uint8Array.from(atob(packed), (sign) => sign.charCodeAt(0));
    let out = new Uint8Array(bytes.length * 8), size = 0, at = 0, held = 0, count = 0;

    function bits(wanted) {
      while (count < wanted) {
        held |= bytes[at++] << count;
        count += 8;
      }
      const value = held & ((1 << wanted) - 1);
      held >>>= wanted;
      count -= wanted;
      return value;
    }
    // Codes by their lengths: how many there are of each length, and what they stand for in order.
    function code(lengths) {
      const counts = new Uint16Array(16), from = new Uint16Array(17), order = [];
      for (const length of lengths) { counts[length]++; }
      counts[0] = 0;
      for (let i = 1; i < 16; i++) { from[i + 1] = from[i] + counts[i]; }
      lengths.forEach((length, i) => { if (length) { order[from[length]++] = i; } });
      return { counts, order };
    }
    function sign({ counts, order }) {
      for (let value = 0, first = 0, index = 0, length = 1; length < 16; length++) {
        value |= bits(1);
        if (value - first < counts[length]) { return order[index + value - first]; }
        index += counts[length];
        first = (first + counts[length]) << 1;
        value <<= 1;
      }
      throw new Error("broken data");
    }
    function put(byte) {
      if (size === out.length) {
        const larger = new Uint8Array(size * 2);
        larger.set(out);
        out = larger;
      }
      out[size++] = byte;
    }
    // Both codes that a block brings along, themselves packed.
    function codes() {
      const order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
      const literals = bits(5) + 257, distances = bits(5) + 1, some = bits(4) + 4, short = Array(19).fill(0);
      for (let i = 0; i < some; i++) { short[order[i]] = bits(3); }
      const one = code(short), lengths = [];
      while (lengths.length < literals + distances) {
        const length = sign(one);
        const again = length === 16 ? 3 + bits(2) : length === 17 ? 3 + bits(3) : length === 18 ? 11 + bits(7) : 1;
        const value = length === 16 ? lengths[lengths.length - 1] : length < 16 ? length : 0;
        for (let i = 0; i < again; i++) { lengths.push(value); }
      }
      return [code(lengths.slice(0, literals)), code(lengths.slice(literals))];
    }
    function known() {
      const lengths = Array.from({ length: 288 }, (_, i) => i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8);
      return [code(lengths), code(Array(30).fill(5))];
    }
    function copy(symbol, distances) {
      const more = symbol < 8 || symbol === 28 ? 0 : (symbol >> 2) - 1;
      const base = symbol === 28 ? 258 : symbol < 8 ? 3 + symbol : 3 + ((4 + (symbol & 3)) << more);
      let length = base + bits(more);
      const far = sign(distances), farther = far < 4 ? 0 : (far >> 1) - 1;
      const back = (far < 4 ? 1 + far : 1 + ((2 + (far & 1)) << farther)) + bits(farther);
      while (length-- > 0) { put(out[size - back]); }
    }
    function stored() {
      held = count = 0;
      const length = bytes[at] | bytes[at + 1] << 8;
      at += 4;
      for (let i = 0; i < length; i++) { put(bytes[at++]); }
    }
    for (let last = 0; !last;) {
      last = bits(1);
      const kind = bits(2);
      if (kind === 0) {
        stored();
        continue;
      }
      const [literals, distances] = kind === 1 ? known() : codes();
      for (let symbol = sign(literals); symbol !== 256; symbol = sign(literals)) {
        if (symbol < 256) { put(symbol); } else { copy(symbol - 257, distances); }
      }
    }
    return new TextDecoder().decode(out.subarray(0, size));
  }

  const deck = JSON.parse(unpack(document.getElementById("deck").textContent));
  const by = (id) => document.getElementById(id);
  const stage = by("stage"), said = by("said"), slider = by("slider");
  let language = deck.first, at = 0, zoom = 1, centre = [deck.width / 2, deck.height / 2];

  const pages = () => deck.pages[language];
  const words = () => deck.words[language];

  // Lines that many pages share stand once: a page is ranges of them.
  function body(page) {
    let lines = "";
    for (let i = 0; i < page.b.length; i += 2) {
      lines += deck.lines.slice(page.b[i], page.b[i] + page.b[i + 1]).join("\n") + "\n";
    }
    return lines;
  }

  function picture(page) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "0 0 " + deck.width + " " + deck.height);
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", page.w);
    svg.innerHTML = body(page);
    return svg;
  }

  function look() {
    const svg = stage.firstElementChild, w = deck.width / zoom, h = deck.height / zoom;
    centre = [Math.min(Math.max(centre[0], w / 2), deck.width - w / 2),
              Math.min(Math.max(centre[1], h / 2), deck.height - h / 2)];
    svg.setAttribute("viewBox", [centre[0] - w / 2, centre[1] - h / 2, w, h].join(" "));
    stage.classList.toggle("zoomed", zoom > 1);
    by("out").disabled = zoom <= 1;
  }

  function setStep(step) {
    at = Math.min(Math.max(step, 0), pages().length - 1);
    const page = pages()[at];
    stage.replaceChildren(picture(page));
    said.textContent = (at + 1) + "/" + pages().length + ". " + page.w;
    slider.max = pages().length - 1;
    slider.value = at;
    slider.setAttribute("aria-valuetext", (at + 1) + "/" + pages().length + ": " + page.w);
    by("place").textContent = (at + 1) + " / " + pages().length;
    by("previous").disabled = at === 0;
    by("next").disabled = at === pages().length - 1;
    const notes = by("notes");
    notes.textContent = page.n || "";
    notes.hidden = !page.n || by("note").getAttribute("aria-pressed") !== "true";
    history.replaceState(null, "", "#" + language + (at + 1));
    look();
  }

  // To the next of the author's stops, or the one before.
  function setStop(way) {
    let step = at + way;
    while (step > 0 && step < pages().length - 1 && !pages()[step].s) { step += way; }
    setStep(step);
  }

  function setZoom(factor, x, y) {
    const before = zoom;
    zoom = Math.min(Math.max(zoom * factor, 1), 12);
    if (x !== undefined) {
      centre = centre.map((c, i) => [x, y][i] + (c - [x, y][i]) * before / zoom);
    }
    look();
  }

  function setLanguage(wanted) {
    const was = pages(), moment = was[at].m;
    language = wanted;
    let step = at;
    if (was.length !== pages().length) {
      step = pages().findIndex((page) => page.m >= moment);
      step = step < 0 ? pages().length - 1 : step;
    }
    document.documentElement.lang = language;
    document.title = pages()[0].h || deck.name;
    by("title").textContent = pages()[0].h || deck.name;
    for (const node of document.querySelectorAll("[data-word]")) {
      node.textContent = words()[node.dataset.word];
    }
    for (const node of document.querySelectorAll("[data-label]")) {
      node.setAttribute("aria-label", words()[node.dataset.label]);
      node.title = words()[node.dataset.label] + (node.dataset.key ? " (" + node.dataset.key + ")" : "");
    }
    for (const list of document.querySelectorAll("ol[lang]")) { list.hidden = list.lang !== language; }
    setStep(step);
  }

  const other = () => deck.languages[(deck.languages.indexOf(language) + 1) % deck.languages.length];
  const notes = () => {
    by("note").setAttribute("aria-pressed", String(by("note").getAttribute("aria-pressed") !== "true"));
    setStep(at);
  };
  const press = { next: () => setStep(at + 1), previous: () => setStep(at - 1), "in": () => setZoom(1.4),
                  out: () => setZoom(1 / 1.4), fit: () => setZoom(0), language: () => setLanguage(other()),
                  note: notes };
  for (const id in press) { by(id).addEventListener("click", press[id]); }
  slider.addEventListener("input", () => setStep(Number(slider.value)));

  const keys = { ArrowRight: "next", ArrowDown: "next", PageDown: "next", " ": "next", Enter: "next", n: "next",
                 ArrowLeft: "previous", ArrowUp: "previous", PageUp: "previous", Backspace: "previous",
                 p: "previous", "+": "in", "=": "in", "-": "out", "0": "fit", z: "fit", l: "language", s: "note" };
  document.addEventListener("keydown", (event) => {
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const pressed = event.target.closest("button, summary, a");
    if (event.ctrlKey || event.metaKey || (pressed && (key === "Enter" || key === " "))) { return; }
    if (event.altKey && (keys[key] === "next" || keys[key] === "previous")) {
      setStop(keys[key] === "next" ? 1 : -1);
    } else if (event.altKey) {
      return;
    } else if (key === "Home" || key === "End") {
      setStep(key === "Home" ? 0 : pages().length - 1);
    } else if (key === " " && event.shiftKey) {
      press.previous();
    } else if (keys[key] && !by(keys[key]).hidden) {
      press[keys[key]]();
    } else {
      return;
    }
    event.preventDefault();
  });

  function placeOf(event) {
    const matrix = stage.firstElementChild.getScreenCTM().inverse();
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix);
    return [point.x, point.y];
  }
  stage.addEventListener("wheel", (event) => {
    event.preventDefault();
    setZoom(event.deltaY < 0 ? 1.15 : 1 / 1.15, ...placeOf(event));
  }, { passive: false });
  stage.addEventListener("dblclick", (event) => setZoom(zoom > 1 ? 0 : 2.5, ...placeOf(event)));

  // A finger or the mouse drags what is zoomed, and else swipes from step to step; two fingers zoom.
  const down = new Map();
  let began = null;
  const spread = () => {
    const [a, b] = [...down.values()];
    return Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
  };
  stage.addEventListener("pointerdown", (event) => {
    down.set(event.pointerId, event);
    began = event;
    stage.setPointerCapture(event.pointerId);
  });
  stage.addEventListener("pointermove", (event) => {
    const last = down.get(event.pointerId);
    if (!last) { return; }
    const before = down.size === 2 ? spread() : 0, from = placeOf(last), to = placeOf(event);
    down.set(event.pointerId, event);
    if (before > 0) {
      began = null;
      setZoom(spread() / before, ...to);
    } else if (zoom > 1) {
      centre = [centre[0] + from[0] - to[0], centre[1] + from[1] - to[1]];
      look();
    }
  });
  const up = (event) => {
    const moved = began && down.size === 1 && zoom === 1 ? event.clientX - began.clientX : 0;
    down.delete(event.pointerId);
    if (event.type === "pointerup" && Math.abs(moved) > 50) { setStep(at + (moved < 0 ? 1 : -1)); }
  };
  stage.addEventListener("pointerup", up);
  stage.addEventListener("pointercancel", up);

  // On paper: every page.
  window.addEventListener("beforeprint", () => {
    for (const page of pages()) {
      const sheet = document.createElement("div");
      sheet.className = "sheet";
      sheet.append(picture(page));
      document.body.append(sheet);
    }
  });
  window.addEventListener("afterprint", () => {
    for (const sheet of document.querySelectorAll(".sheet")) { sheet.remove(); }
  });

  by("text").open = false;
  by("controls").hidden = false;
  by("tools").hidden = false;
  by("language").hidden = deck.languages.length < 2;
  by("note").hidden = !deck.languages.some((code) => deck.pages[code].some((page) => page.n));
  const asked = /^#([a-z]{2})(\d+)$/.exec(location.hash);
  if (asked && deck.pages[asked[1]]) {
    language = asked[1];
    at = Math.min(Math.max(Number(asked[2]), 1), pages().length) - 1;
  }
  setLanguage(language);
  window.setStep = setStep;
})();
