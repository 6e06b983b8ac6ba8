// The player of RDM movies: plain canvas, no library, no request. A page holds this text and calls it at the end;
// a notebook's widget (anywidget) calls `render`. The data are made by neurouniv/page/player.py.

const MISSING = 255, SHADES = 254, NOWHERE = -32768, FARTHEST = 32000, LOW_INK = 0.45;
const INK = "#1c1c22", FASTEST = 150, SLOWEST = 600, WHOLE = 8000; // of white panels; ms of a step, and of a movie

const bytesOf = text => Uint8Array.from(atob(text), letter => letter.charCodeAt(0));
const numbersOf = text => new Int16Array(bytesOf(text).buffer);

/** An element with properties, attributes (`aria-label`) and children. */
function made(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-") || name === "role") element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children);
  return element;
}

/** Where the pair of conditions i and j stands in pdist's order. */
function placeOf(i, j, count) {
  const [first, second] = i < j ? [i, j] : [j, i];
  return first * count - first * (first + 1) / 2 + second - first - 1;
}

/** A canvas as sharp as the screen, cleared: its context in CSS pixels, and its size. */
function cleared(canvas, ratio) {
  const width = canvas.clientWidth, height = Math.round(width * ratio), dots = window.devicePixelRatio || 1;
  if (canvas.width !== Math.round(width * dots) || canvas.height !== Math.round(height * dots)) {
    canvas.width = Math.round(width * dots);
    canvas.height = Math.round(height * dots);
    canvas.style.height = `${height}px`;
  }
  const brush = canvas.getContext("2d");
  brush.setTransform(dots, 0, 0, dots, 0, 0);
  brush.clearRect(0, 0, width, height);
  brush.font = "11px system-ui, sans-serif";
  return [brush, width, height];
}

/** One system: its numbers, its canvases, and how they are drawn. */
class System {
  constructor(data) {
    this.data = data;
    this.count = data.names.length;
    this.pairs = this.count * (this.count - 1) / 2;
    this.seen = bytesOf(data.seen);
    this.law = data.law ? bytesOf(data.law) : null;
    this.shades = bytesOf(data.shades);
    this.points = data.points ? numbersOf(data.points) : null;
    this.zero = Math.round(-data.low / (data.high - data.low) * SHADES);
    this.image = made("canvas", { width: this.count, height: this.count });
    const picture = name => made("canvas", { className: `nu-${name}`, role: "img" });
    [this.rdm, this.bar, this.plane, this.curves] = ["rdm", "bar", "plane", "curves"].map(picture);
    this.when = made("span", { className: "nu-when" });
    this.share = made("p", { className: "nu-small" });
    const unit = [data.meaning, data.unit].filter(Boolean).join(", ");
    const ends = made("p", { className: "nu-ends" }, made("span", {}, data.ends[0]), made("span", {}, data.ends[1]));
    this.card = made("figure", { className: "nu-card" },
      made("figcaption", {}, made("strong", {}, data.name), this.when),
      made("p", { className: "nu-small" }, data.time_note),
      this.rdm, this.bar, ends, made("p", { className: "nu-small" }, unit), this.plane, this.share, this.curves);
    this.bar.setAttribute("aria-label", `Colours from ${data.ends.join(" to ")} ${unit}`);
  }

  byte(of, frame, i, j) { return i === j ? this.zero : of[frame * this.pairs + placeOf(i, j, this.count)]; }

  value(byte) { return this.data.low + byte / SHADES * (this.data.high - this.data.low); }

  words(byte) {
    if (byte === MISSING) return "not known";
    return `${Number((this.value(byte) * this.data.factor).toPrecision(3))} ${this.data.unit}`.replace("-", "−").trim();
  }

  /** The places of the two chosen conditions; null where one is not here. */
  pair(names) {
    const [i, j] = names.map(name => this.data.names.indexOf(name));
    return i >= 0 && j >= 0 && i !== j ? [i, j] : null;
  }

  draw(step, names, withLaw) {
    const frame = this.data.frames[step], now = this.data.when[frame];
    this.when.textContent = now;
    this.drawRdm(frame, names, withLaw && this.law);
    this.rdm.setAttribute("aria-label", `RDM of ${this.data.name}, ${now}`);
    this.drawBar();
    this.drawPlane(frame);
    this.plane.setAttribute("aria-label", `Conditions of ${this.data.name} in a plane, ${now}`);
    this.drawCurves(frame, names, withLaw);
  }

  /** The square of distances; with a law, what was seen above the diagonal and the law below it. */
  drawRdm(frame, names, law) {
    const [brush, side] = cleared(this.rdm, 1), cell = side / this.count, absent = [];
    const small = this.image.getContext("2d"), pixels = small.createImageData(this.count, this.count);
    for (let i = 0; i < this.count; i++) for (let j = 0; j < this.count; j++) {
      const byte = this.byte(law && i > j ? law : this.seen, frame, i, j), at = 4 * (i * this.count + j);
      const colour = byte === MISSING ? [201, 201, 208] : this.shades.subarray(3 * byte, 3 * byte + 3);
      if (byte === MISSING) absent.push([i, j]);
      pixels.data.set([...colour, law && i === j ? 0 : 255], at);
    }
    small.putImageData(pixels, 0, 0);
    brush.imageSmoothingEnabled = false;
    brush.drawImage(this.image, 0, 0, side, side);
    brush.strokeStyle = "#5f5f6b";
    for (const [i, j] of absent) this.line(brush, [[j * cell, (i + 1) * cell], [(j + 1) * cell, i * cell]]);
    const pair = this.pair(names);
    brush.strokeStyle = INK;
    brush.lineWidth = 2;
    for (const [i, j] of pair ? [pair, [...pair].reverse()] : []) brush.strokeRect(j * cell, i * cell, cell, cell);
  }

  drawBar() {
    const [brush, width, height] = cleared(this.bar, 0.05);
    for (let shade = 0; shade <= SHADES; shade++) {
      brush.fillStyle = `rgb(${this.shades.subarray(3 * shade, 3 * shade + 3).join()})`;
      brush.fillRect(shade / (SHADES + 1) * width, 0, width / SHADES + 1, height);
    }
  }

  /** Conditions in the plane, each with the way it has come. */
  drawPlane(frame) {
    const [brush, side] = cleared(this.plane, 1), half = side / 2 - 6;
    brush.globalAlpha = LOW_INK;
    brush.strokeStyle = INK;
    brush.strokeRect(0.5, 0.5, side - 1, side - 1);
    this.share.textContent = this.points ? this.data.shares[frame] && `in two dimensions ${this.data.shares[frame]} of the variance` : this.data.plane;
    for (let i = 0; this.points && i < this.count; i++) {
      const way = Array.from({ length: frame + 1 }, (_, past) => {
        const [right, up] = this.points.subarray(2 * (past * this.count + i), 2 * (past * this.count + i) + 2);
        return right === NOWHERE ? null : [side / 2 + right / FARTHEST * half, side / 2 - up / FARTHEST * half];
      });
      brush.strokeStyle = brush.fillStyle = this.data.colours[i];
      brush.globalAlpha = LOW_INK;
      this.line(brush, way);
      brush.globalAlpha = 1;
      brush.beginPath();
      if (way[frame]) brush.arc(...way[frame], 3, 0, 7);
      brush.fill();
    }
    brush.globalAlpha = 1;
  }

  /** The curves that are shown: those of the chosen pair, else means of groups. */
  chosen(names) {
    const pair = this.pair(names);
    if (!names[0] || !names[1]) return this.data.groups;
    if (!pair) return [];
    const along = of => of && this.data.when.map((_, frame) => {
      const byte = this.byte(of, frame, ...pair);
      return byte === MISSING ? null : this.value(byte);
    });
    return [{ name: names.join(" – "), seen: along(this.seen), law: along(this.law) }];
  }

  /** Curves over the system's own time, seen solid and the law's dotted, and an upright line that says now. */
  drawCurves(frame, names, withLaw) {
    const [brush, width, height] = cleared(this.curves, 0.85), curves = this.chosen(names);
    const all = curves.flatMap(curve => [...curve.seen, ...(withLaw && curve.law || [])]).filter(y => y !== null);
    const low = Math.min(0, ...all), high = Math.max(...all, low + 1e-12), top = 16 * curves.length + 14, last = this.data.when.length - 1;
    const x = k => 4 + this.data.shares_of_time[k] * (width - 8), y = v => top + (high - v) / (high - low) * (height - top - 18);
    this.curves.setAttribute("aria-label", `Distances over time in ${this.data.name}: ${curves.map(curve => curve.name).join(", ") || "this pair is not here"}`);
    brush.fillStyle = brush.strokeStyle = INK;
    brush.globalAlpha = LOW_INK;
    for (const ends of [[[4, y(0)], [width - 4, y(0)]], [[x(frame), top], [x(frame), height - 18]]]) this.line(brush, ends);
    brush.globalAlpha = 0.8;
    brush.fillText(all.length ? this.words((high - this.data.low) / (this.data.high - this.data.low) * SHADES) : "this pair is not here", 4, top - 4);
    brush.fillText(this.data.when[0], 4, height - 4, width / 2 - 6);
    brush.textAlign = "right";
    if (last) brush.fillText(this.data.when[last], width - 4, height - 4, width / 2 - 6);
    brush.textAlign = "left";
    brush.globalAlpha = 1;
    curves.forEach((curve, n) => {
      brush.strokeStyle = brush.fillStyle = ["#b3541e", "#1f7a8c"][n % 2];
      brush.fillText(curve.name, 4, 12 + 16 * n, width - 8);
      brush.lineWidth = 3;
      brush.globalAlpha = 0.55;
      this.line(brush, curve.seen.map((v, k) => v === null ? null : [x(k), y(v)]));
      brush.globalAlpha = 1;
      brush.strokeStyle = INK;
      brush.lineWidth = 1.6;
      brush.setLineDash([1.6, 2.6]);
      if (withLaw && curve.law) this.line(brush, curve.law.map((v, k) => v === null ? null : [x(k), y(v)]));
      brush.setLineDash([]);
    });
  }

  line(brush, spots) {
    brush.beginPath();
    spots.forEach((spot, k) => spot && (k && spots[k - 1] ? brush.lineTo(...spot) : brush.moveTo(...spot)));
    brush.stroke();
  }
}

/** Build a player in `root`; `told` is called with every step that a reader chooses. */
function mount(root, data, told = () => {}) {
  const systems = data.systems.map(one => new System(one)), last = data.steps.length - 1;
  const slow = window.matchMedia("(prefers-reduced-motion: reduce)");
  const names = [...new Set(data.systems.flatMap(one => one.names))];
  const slider = made("input", { type: "range", min: 0, max: last, value: 0, "aria-label": "time" });
  const play = made("button", { type: "button" }), moment = made("output", { className: "nu-moment" });
  const choices = ["means of groups", "and"].map(none => made("select", { "aria-label": "A condition of the curves" },
    made("option", { value: "" }, none), ...names.map(name => made("option", { value: name }, name))));
  const lawToo = made("input", { type: "checkbox", checked: true });
  const readout = made("p", { className: "nu-readout", "aria-live": "polite" }, "Point at a square, or choose two conditions, to read a distance.");
  let step = 0, timer = null, pair = ["", ""];
  const draw = () => systems.forEach(system => system.draw(step, pair, lawToo.checked));
  const here = () => {
    const counts = new Map();
    for (const { data: one } of systems) counts.set(one.when[one.frames[step]], (counts.get(one.when[one.frames[step]]) || 0) + 1);
    return [...counts].map(([when, count]) => counts.size > 1 && count > 1 ? `${when} (${count} systems)` : when).join(", ");
  };
  const rest = () => { clearInterval(timer); timer = null; play.textContent = slow.matches ? "Next" : "Play"; };
  const go = (wanted, tell = true) => {
    step = Math.max(0, Math.min(last, wanted));
    slider.value = step;
    slider.setAttribute("aria-valuetext", here());
    moment.textContent = `${Math.round(100 * data.steps[step])} % of each one's time`;
    draw();
    if (pair[0] && pair[1]) say(...pair);
    if (tell) told(step);
  };
  const toggle = () => {
    if (timer !== null) return rest();
    if (slow.matches) return go(step < last ? step + 1 : 0); // one step when asked, never a movie
    if (step === last) go(0);
    timer = setInterval(() => step < last ? go(step + 1) : rest(), Math.max(FASTEST, Math.min(SLOWEST, WHOLE / (last + 1))));
    play.textContent = "Pause";
  };
  const say = (one, other) => {
    const parts = systems.filter(system => system.pair([one, other])).map(system => {
      const frame = system.data.frames[step], ends = system.pair([one, other]);
      const law = system.law ? `, law ${system.words(system.byte(system.law, frame, ...ends))}` : "";
      return `${system.data.name} ${system.words(system.byte(system.seen, frame, ...ends))}${law}`;
    });
    readout.textContent = `${one} – ${other}: ${parts.join("; ") || "no system has this pair"}`;
  };
  const choose = (one, other) => {
    pair = [one, other];
    choices.forEach((choice, n) => { choice.value = pair[n]; });
    draw();
    if (one && other) say(one, other);
  };
  const under = (system, event) => {
    const box = system.rdm.getBoundingClientRect(), most = system.count - 1;
    const at = (place, side) => system.data.names[Math.max(0, Math.min(most, Math.floor(place / side * system.count)))];
    return [at(event.clientY - box.top, box.height), at(event.clientX - box.left, box.width)];
  };

  for (const system of systems) for (const [event, act] of [["pointermove", say], ["click", choose]]) {
    system.rdm.addEventListener(event, at => { const [one, other] = under(system, at); if (one !== other) act(one, other); });
  }
  choices.forEach(choice => choice.addEventListener("change", () => choose(...choices.map(one => one.value))));
  slider.addEventListener("input", () => { rest(); go(Number(slider.value)); });
  play.addEventListener("click", toggle);
  lawToo.addEventListener("change", draw);
  slow.addEventListener("change", rest);
  root.addEventListener("keydown", event => {
    const moves = { ArrowLeft: step - 1, ArrowRight: step + 1, Home: 0, End: last };
    if (event.altKey || event.ctrlKey || event.metaKey || event.target.tagName === "SELECT") return;
    if (event.key in moves) { rest(); go(moves[event.key]); }
    else if (event.key === " " && event.target !== play && event.target !== lawToo) toggle();
    else return;
    event.preventDefault();
  });

  const law = systems.some(system => system.law) ? [made("label", {}, lawToo, ` the law too`)] : [];
  const classes = Object.entries(data.classes);
  const chips = classes.map(([name]) => made("span", {}, made("i"), name));
  classes.forEach(([, colour], n) => { chips[n].firstChild.style.background = colour; });
  root.className = systems.length < 5 ? "nu-player nu-few" : "nu-player";
  for (const [name, value] of [["role", "group"], ["aria-label", "Player of RDM movies"], ["tabindex", "-1"]]) root.setAttribute(name, value);
  root.replaceChildren(
    made("div", { className: "nu-head" }, made("div", { className: "nu-controls" }, play, slider, moment)),
    made("div", { className: "nu-controls" }, made("label", {}, "Curves: ", ...choices), ...law),
    readout, made("div", { className: "nu-grid" }, ...systems.map(system => system.card)),
    ...(chips.length && chips.length <= 16 ? [made("p", { className: "nu-chips" }, ...chips)] : []),
    ...(data.notes || []).map(note => made("p", { className: "nu-small" }, note)));
  const watcher = new ResizeObserver(draw);
  watcher.observe(root);
  rest();
  go(0, false);
  return { go, end() { rest(); watcher.disconnect(); root.replaceChildren(); } };
}

/** What anywidget calls in a notebook; what it returns is called when the widget goes. */
function render({ model, el }) {
  const player = mount(el.appendChild(made("div")), model.get("data"), step => { model.set("step", step); model.save_changes(); });
  const follow = () => player.go(model.get("step"), false);
  model.on("change:step", follow);
  follow();
  return () => { model.off("change:step", follow); player.end(); };
}

export default { render };

for (const place of document.querySelectorAll("[data-player]")) {
  mount(place, JSON.parse(document.getElementById(place.dataset.player).textContent));
}
