"use strict";
(function () {
  const deck = JSON.parse(document.getElementById("deck").textContent);
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
