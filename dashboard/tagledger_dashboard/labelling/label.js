// One item after the other, answered by keyboard. A key acts at once, in the browser, on the item
// that is shown: nothing waits for the server. Each answer names its item and the text that was
// shown; answers wait in a queue, also on disk, until the server says that they are saved.

const RESEND = 4000; // milliseconds without a word of the server
const LOOK = 5000; // and between two looks at what another window has answered
const PAUSE = 400; // that keys must rest after one that came too early
const LONGEST = 3600; // seconds that an answer can take
const REST = 2000; // before what could not be saved is sent again
const MATCHES = 20;
const KEY = /^[0-9a-f]{16}$/;
const STEERING = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufff9-\ufffb]/g;

const desks = new WeakMap();

export default function labelling({ parentElement, data, setTriggerValue }) {
  let desk = desks.get(parentElement);
  if (!desk) {
    desk = new Desk(parentElement);
    desks.set(parentElement, desk);
  }
  desk.emit = (message) => setTriggerValue("said", message);
  if (data) desk.receive(data);
  return () => {
    desk.close();
    desks.delete(parentElement);
  };
}

function plain(text) {
  return String(text).replace(STEERING, " ");
}

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = plain(text);
  return made;
}

function random() {
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  return [...bytes].map((one) => one.toString(16).padStart(2, "0")).join("");
}

/** The answers that the server has not confirmed: in memory, and on disk for the next page. */
class Queue {
  constructor() {
    this.entries = [];
    this.prefix = null;
    this.window = random();
  }

  open(store) {
    const prefix = `tagledger:${store}:`;
    if (prefix === this.prefix) return;
    this.prefix = prefix;
    const own = new Set(this.entries.map((one) => one.key));
    for (const name of this.names()) {
      for (const entry of this.read(name)) if (!own.has(entry.key)) this.entries.push(entry);
    }
    this.entries.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  }

  names() {
    try {
      return Object.keys(localStorage).filter((name) => name.startsWith(this.prefix));
    } catch {
      return []; // this browser keeps nothing
    }
  }

  read(name) {
    try {
      const found = JSON.parse(localStorage.getItem(name) || "[]");
      return Array.isArray(found) ? found.filter((one) => KEY.test(one?.key) && one.at) : [];
    } catch {
      return [];
    }
  }

  write(name, entries) {
    try {
      if (entries.length) localStorage.setItem(name, JSON.stringify(entries));
      else localStorage.removeItem(name);
    } catch {
      // full or forbidden: the queue in memory stays
    }
  }

  add(entry) {
    this.entries.push(entry);
    this.write(this.prefix + this.window, this.entries);
  }

  remove(keys) {
    const done = new Set(keys);
    if (!this.entries.some((one) => done.has(one.key))) return;
    this.entries = this.entries.filter((one) => !done.has(one.key));
    for (const name of this.names()) {
      this.write(name, this.read(name).filter((one) => !done.has(one.key)));
    }
  }

  has(item, job) {
    return this.entries.some((one) => one.item === item && one.job === job);
  }
}

class Desk {
  constructor(root) {
    this.root = root;
    this.part = (name) => root.querySelector(name);
    this.queue = new Queue();
    this.deck = [];
    this.mine = new Map(); // the answer of each item, sent or not
    this.confirmed = new Map(); // as the server knows them
    this.history = [];
    this.at = -1;
    this.render = 0;
    this.on = new Set();
    this.added = [];
    this.shownAt = 0;
    this.guarded = 0;
    this.lastAt = 0;
    this.flight = 0;
    this.sent = 0; // answers in the message that is under way
    this.restUntil = 0;
    this.looked = performance.now();
    this.serial = null;
    this.started = false;
  }

  // ---- what comes from the server -------------------------------------------------------------

  receive(data) {
    if (!this.started) this.start(data);
    this.data = data;
    this.job = data.job;
    this.queue.open(data.store);
    const waiting = this.queue.entries.length;
    this.queue.remove(data.acked);
    if (this.flight && data.heard >= this.flight) {
      this.flight = 0;
      const failed = waiting && this.sent && this.queue.entries.length === waiting;
      this.restUntil = failed ? performance.now() + REST : 0;
    }
    this.take(data);
    for (const problem of data.problems) this.say(problem);
    if (data.tags) this.tags = data.tags;
    this.confirm(data);
    if (this.current?.id === this.shownId && this.current) this.draw();
    else this.forward(true);
    this.flush();
  }

  start(data) {
    this.started = true;
    this.offset = data.now - Date.now();
    this.window = new AbortController();
    const { signal } = this.window;
    // First of all listeners: Streamlit has keys of its own.
    window.addEventListener("keydown", (event) => this.key(event), { capture: true, signal });
    window.addEventListener("focus", () => this.look(), { signal });
    window.addEventListener("beforeunload", (event) => this.leaving(event), { signal });
    this.part("#find").addEventListener("input", () => this.find(), { signal });
    for (const name of ["#find", "#note"]) {
      for (const kind of ["keydown", "keyup", "keypress"]) {
        this.part(name).addEventListener(kind, (event) => event.stopPropagation(), { signal });
      }
    }
    this.part("#find").addEventListener("blur", () => setTimeout(() => this.closeFound(), 150), { signal });
    this.timer = setInterval(() => this.tick(), 500);
  }

  close() {
    clearInterval(this.timer);
    this.window?.abort();
  }

  take(data) {
    if (data.serial !== this.serial) {
      if (data.start > 0) {
        this.hello = true; // this page has not seen the items before these
        return;
      }
      const before = this.current;
      this.serial = data.serial;
      this.flight = 0;
      this.deck = [];
      this.mine.clear();
      this.confirmed.clear();
      this.history = data.recent.slice();
      this.at = -1;
      this.deck.push(...data.items);
      this.overlay();
      if (before) this.comeBack(before);
    } else if (data.start <= this.deck.length) {
      this.deck.push(...data.items.slice(this.deck.length - data.start));
    }
  }

  /** Answers of the queue hold before those that the server knows. */
  overlay() {
    for (const entry of this.queue.entries) {
      if (entry.job !== this.job) continue;
      if (entry.act === "undo") this.mine.delete(entry.item);
      else this.mine.set(entry.item, entry);
    }
  }

  comeBack(before) {
    const index = this.deck.findIndex((one) => one.id === before.id);
    if (index < 0) return;
    const same = this.deck[index].hash === before.hash;
    this.at = index;
    if (!same) {
      this.show(index);
      this.say("The text of this item has changed: please look at it again");
    }
  }

  confirm(data) {
    for (const record of this.deck.slice(data.from)) {
      const answer = data.answers[record.id];
      if (answer) this.confirmed.set(record.id, answer);
      else this.confirmed.delete(record.id);
      if (this.queue.has(record.id, this.job)) continue;
      if (answer) this.mine.set(record.id, answer);
      else this.mine.delete(record.id);
    }
  }

  // ---- what goes to the server ----------------------------------------------------------------

  enqueue(act, record, more) {
    const now = Math.max(Date.now() + this.offset, this.lastAt + 1);
    this.lastAt = now;
    this.queue.add({
      key: random(),
      job: this.job,
      act,
      item: record.id,
      text: record.hash,
      at: new Date(now).toISOString(),
      render: this.render,
      ...this.data.stamp,
      ...more,
    });
    this.flush();
  }

  left() {
    return this.deck.slice(this.at + 1).filter((one) => !this.mine.has(one.id)).length;
  }

  flush() {
    const wants = this.hello || (this.data.more && this.left() < this.data.ahead / 2);
    const rests = performance.now() < this.restUntil;
    if (rests || this.flight || !(this.queue.entries.length || wants || this.looking)) return;
    this.flight = this.data.heard + 1;
    this.flightAt = performance.now();
    const message = {
      sequence: this.flight,
      serial: this.serial,
      have: this.deck.length,
      wants: Boolean(wants),
      hello: Boolean(this.hello),
      entries: this.queue.entries.slice(0, 50),
    };
    this.sent = message.entries.length;
    this.hello = false;
    this.looking = false;
    this.looked = performance.now();
    this.emit(message);
  }

  tick() {
    const now = performance.now();
    if (this.flight && now - this.flightAt > RESEND) this.flight = 0;
    if (!document.hidden && now - this.looked > LOOK) this.looking = true;
    this.flush();
    this.drawSaved();
  }

  look() {
    this.looking = true;
    this.flush();
  }

  leaving(event) {
    if (this.queue.entries.length) event.preventDefault();
  }

  // ---- keys -----------------------------------------------------------------------------------

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const target = event.composedPath()[0];
    if (target === this.part("#find")) return this.keyInFind(event);
    if (target === this.part("#note")) return this.keyInNote(event);
    if (this.isOthers(event, target)) return;
    if (this.scrolls(event)) return;
    const act = this.meaning(event);
    if (!act) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (event.repeat) return; // a key that is held down says nothing of the items that follow
    if (this.isStale(event)) return;
    act();
  }

  /** Whether a key belongs to something else of the page: a field, a menu, a button. */
  isOthers(event, target) {
    if (document.querySelector("[role=dialog]")) return true;
    if (!(target instanceof Element)) return false;
    if (target.matches("input, textarea, select, [contenteditable=true], [role=combobox]")) return true;
    const inside = this.root.contains(target);
    const pressed = event.key === "Enter" || event.key === " ";
    return !inside && pressed && target.matches("a, button, summary, [role=button]");
  }

  /** A key that was pressed before this item was shown meant another item, or none. */
  isStale(event) {
    const early = event.timeStamp < this.shownAt;
    if (early || (this.guarded && event.timeStamp - this.guarded < PAUSE)) {
      this.guarded = event.timeStamp;
      this.say("A key came before this item was shown, and was not counted. Look, then press again");
      return true;
    }
    this.guarded = 0;
    return false;
  }

  /** Up and down move a text that is longer than its box. */
  scrolls(event) {
    const step = { ArrowUp: -80, ArrowDown: 80 }[event.key];
    const text = this.part(".text");
    if (!step || text.scrollHeight <= text.clientHeight) return false;
    text.scrollTop += step;
    event.preventDefault();
    return true;
  }

  /** What a key is for: by what it writes or, on keyboards of other scripts, by its place. */
  meaning(event) {
    const { key, code } = event;
    const place = /^(?:Digit|Numpad)([0-9])$|^Key([A-Z])$/.exec(code ?? "");
    const foreign = key.length === 1 && /^[^a-z0-9/]$/i.test(key);
    const written = foreign && place && !event.shiftKey ? place[1] ?? place[2] : key;
    const one = written.length === 1 ? written.toLowerCase() : written;
    if (/^[1-9]$/.test(one)) return () => this.toggleAt(Number(one) - 1);
    const acts = {
      Enter: () => this.save(),
      0: () => this.none(),
      s: () => this.skip(),
      u: () => this.undo(),
      n: () => this.focus("#note"),
      "/": () => this.focus("#find"),
      ArrowLeft: () => this.back(),
      ArrowRight: () => this.forward(false),
    };
    return Object.hasOwn(acts, one) ? acts[one] : null;
  }

  keyInFind(event) {
    const chosen = this.matches?.[this.chosen];
    if (event.key === "Enter") {
      if (event.repeat) return event.preventDefault();
      if (chosen) this.add(chosen);
      else if (!this.part("#find").value.trim()) this.blur();
      else this.say("No tag has that in its name");
    } else if (event.key === "Escape") {
      this.part("#find").value = "";
      this.blur();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const step = event.key === "ArrowDown" ? 1 : -1;
      this.chosen = Math.max(0, Math.min((this.matches?.length || 1) - 1, this.chosen + step));
      this.drawFound();
    } else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  keyInNote(event) {
    if (event.key !== "Enter" && event.key !== "Escape") return;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.blur();
  }

  focus(name) {
    if (this.current) this.part(name).focus();
  }

  blur() {
    this.closeFound();
    this.root.activeElement?.blur();
  }

  // ---- what keys do ---------------------------------------------------------------------------

  get current() {
    return this.deck[this.at];
  }

  toggleAt(index) {
    const tag = this.current && this.chips()[index];
    if (tag !== undefined) this.toggle(tag);
  }

  toggle(tag) {
    if (this.on.has(tag)) this.on.delete(tag);
    else this.on.add(tag);
    this.say("");
    this.draw();
  }

  add(tag) {
    this.on.add(tag);
    if (!this.chips().includes(tag)) this.added.push(tag);
    this.part("#find").value = "";
    this.find();
    this.say(`${plain(tag)} is on`);
    this.draw();
  }

  save() {
    if (!this.current) return;
    if (!this.on.size) {
      this.say("No tag is on. Press 0 if none of them applies, S to skip the item");
      return;
    }
    this.answer(this.data.act, [...this.on].sort());
  }

  none() {
    if (this.current) this.answer(this.data.act, []);
  }

  skip() {
    if (!this.current) return;
    if (this.current.asked) this.forward(false); // a dispute stays one: there is nothing to write
    else this.answer("skip", null);
  }

  answer(act, yes) {
    const record = this.current;
    const note = this.part("#note").value.trim();
    const before = this.mine.get(record.id);
    const same = before && before.act === act && (before.note || "") === note
      && JSON.stringify(before.yes ?? null) === JSON.stringify(yes);
    if (!same) {
      const seconds = Math.min(LONGEST, Math.round((performance.now() - this.shownAt) / 100) / 10);
      const answer = { yes, note, seconds, asked: record.asked ?? null };
      this.mine.set(record.id, { act, yes, note });
      this.history = this.history.filter((one) => one !== record.id);
      this.history.push(record.id);
      this.enqueue(act, record, answer);
    }
    this.say("");
    this.forward(true);
  }

  undo() {
    while (this.history.length) {
      const item = this.history.pop();
      const index = this.deck.findIndex((one) => one.id === item);
      const before = this.mine.get(item);
      if (index < 0 || !before) continue;
      this.enqueue("undo", this.deck[index], {});
      this.mine.delete(item);
      this.show(index, before);
      this.say("The answer is taken back: answer again, or go on");
      return;
    }
    this.say("There is nothing to take back");
  }

  back() {
    const from = this.current ? this.at : this.deck.length;
    if (from > 0) this.show(from - 1);
    else this.say("This is the first item that is here");
  }

  /** The next item; with `open`, the next one that has no answer yet. */
  forward(open) {
    const fits = (one) => !open || !this.mine.has(one.id);
    let index = this.deck.findIndex((one, place) => place > this.at && fits(one));
    if (index < 0) index = this.deck.findIndex((one) => !this.mine.has(one.id));
    this.show(index < 0 ? this.deck.length : index);
  }

  show(index, before) {
    this.at = index;
    this.render += 1;
    const record = this.current;
    this.shownId = record?.id ?? null;
    const answer = before ?? (record && this.mine.get(record.id));
    // A dispute starts with nothing on: what the source says must not decide it.
    const first = answer?.yes ?? (record?.asked ? [] : record?.source) ?? [];
    const asked = record?.asked ?? this.tags;
    const known = new Set(asked);
    this.on = new Set(first.filter((tag) => known.has(tag)));
    this.added = [...this.on];
    this.part("#note").value = answer?.note ?? "";
    this.part("#find").value = "";
    this.blur();
    this.draw();
    this.part(".text").scrollTop = this.part(".title").scrollTop = 0;
    // Whoever scrolled down to the chips sees the beginning of the next item.
    if (this.part(".item").getBoundingClientRect().top < 0) {
      this.part(".desk").scrollIntoView({ block: "start" });
    }
    this.shownAt = performance.now();
    this.guarded = 0;
  }

  chips() {
    const record = this.current;
    if (record.asked) return record.asked;
    if (this.data.fixed) return this.tags;
    const known = (this.known ??= new Set(this.tags));
    const shown = [...record.source, ...record.suggested.map((one) => one[0]), ...this.added];
    return [...new Set(shown)].filter((tag) => known.has(tag));
  }

  // ---- drawing --------------------------------------------------------------------------------

  say(text) {
    this.part(".notice").textContent = text;
  }

  draw() {
    const record = this.current;
    this.known = new Set(this.tags);
    this.part(".item").hidden = !record;
    this.part(".nothing").hidden = Boolean(record);
    this.drawCounts();
    this.drawActions();
    this.drawSaved();
    this.part(".desk").dataset.render = this.render;
    this.part(".desk").dataset.item = record?.id ?? "";
    if (!record) {
      this.part(".nothing").textContent = this.data.more
        ? "The next items are on their way …"
        : this.data.finished;
      return;
    }
    this.part(".about").textContent = this.about(record);
    this.part(".title").textContent = plain(record.title);
    this.part(".title").hidden = !record.title;
    this.part(".text").textContent = plain(record.text);
    this.part(".text").hidden = !record.text;
    this.part(".field.find").hidden = Boolean(record.asked) || this.data.fixed;
    this.drawSides(record);
    this.drawChips(record);
  }

  about(record) {
    const answer = this.mine.get(record.id);
    const parts = [`Item ${plain(record.id)}`];
    if (answer) parts.push(answer.act === "skip" ? "you skipped it" : `you ${this.data.verb} it`);
    if (record.changed && !answer) parts.push("you answered it before its text changed");
    return parts.join(" · ");
  }

  drawCounts() {
    const { total, done } = this.data;
    const items = new Set(this.queue.entries.filter((one) => one.job === this.job).map((one) => one.item));
    let now = done;
    for (const item of items) now += this.mine.has(item) - this.confirmed.has(item);
    now = Math.max(0, Math.min(total, now));
    this.part(".counts").textContent = `${now.toLocaleString("en")} of ${total.toLocaleString("en")} ${this.data.verb}`;
    this.part(".fill").style.width = `${total ? (100 * now) / total : 0}%`;
  }

  drawSides(record) {
    const names = this.data.names[record.id];
    const sides = (record.sides ?? []).map((side, index) => {
      const made = element("div", "side");
      made.append(element("b", "", names ? `${side.name}: ${names[index]}` : side.name));
      made.append(element("div", "", side.yes.length ? `yes: ${side.yes.join(", ")}` : "yes: –"));
      made.append(element("div", "", side.no.length ? `no: ${side.no.join(", ")}` : "no: –"));
      return made;
    });
    this.part(".sides").replaceChildren(...sides);
    this.part(".sides").hidden = !sides.length;
  }

  drawChips(record) {
    const scores = new Map(record.suggested);
    const source = new Set(record.source);
    const chips = this.chips().map((tag, index) => {
      const chip = element("button", "chip");
      chip.type = "button";
      chip.dataset.render = this.render;
      chip.setAttribute("aria-pressed", String(this.on.has(tag)));
      if (index < 9) chip.append(element("kbd", "", String(index + 1)));
      const name = element("span", "name", tag);
      name.dir = "auto";
      chip.append(name);
      const from = this.origin(tag, source, scores);
      if (from) chip.append(element("span", "from", from));
      this.press(chip, () => this.toggle(tag));
      return chip;
    });
    const focused = [...this.part(".chips").children].indexOf(this.root.activeElement);
    this.part(".chips").replaceChildren(...chips);
    chips[focused]?.focus();
    const other = record.source.filter((tag) => !this.known.has(tag) && !record.asked);
    this.part(".also").textContent = other.length
      ? `The source has also: ${other.map(plain).join(", ")} – not asked here`
      : "";
    this.part(".also").hidden = !other.length;
  }

  origin(tag, source, scores) {
    if (source.has(tag)) return "source";
    if (!scores.has(tag)) return "";
    const score = scores.get(tag);
    return score === null ? "suggested" : `suggested ${Math.round(100 * score)} %`;
  }

  drawActions() {
    const acts = [
      ["Save and next", "Enter", () => this.save(), "first"],
      ["None applies", "0", () => this.none()],
      ["Skip", "S", () => this.skip()],
      ["Undo", "U", () => this.undo()],
      ["Back", "←", () => this.back()],
      ["Next", "→", () => this.forward(false)],
    ];
    const fits = ([name]) => (this.current ? !(name === "Skip" && this.current.asked) : name === "Undo" || name === "Back");
    const shown = acts.filter(fits);
    const buttons = shown.map(([name, key, act, className]) => {
      const button = element("button", className ?? "", `${name} `);
      button.type = "button";
      button.dataset.render = this.render;
      button.append(element("kbd", "", key));
      this.press(button, act);
      return button;
    });
    this.part(".actions").replaceChildren(...buttons);
  }

  /** A click acts on the item for which its button was drawn, or on none. */
  press(button, act) {
    button.addEventListener("mousedown", (event) => event.preventDefault()); // keys stay the page's
    button.addEventListener("click", () => {
      if (Number(button.dataset.render) === this.render) act();
    });
  }

  drawSaved() {
    const waiting = this.queue.entries.length;
    const late = waiting && this.flight && performance.now() - this.flightAt > 2000;
    const one = waiting === 1;
    this.part(".saved").textContent = !waiting
      ? "All answers are saved"
      : late
        ? `${waiting} ${one ? "answer is" : "answers are"} not saved yet: the server does not answer. Leave this page open`
        : `Saving ${waiting} ${one ? "answer" : "answers"} …`;
    this.part(".saved").classList.toggle("unsaved", Boolean(late));
    this.part(".desk").dataset.waiting = waiting;
  }

  // ---- the search for tags --------------------------------------------------------------------

  find() {
    const words = this.part("#find").value.trim().toLowerCase();
    this.chosen = 0;
    this.matches = words ? this.search(words) : [];
    this.drawFound();
  }

  search(words) {
    const aliases = this.data.aliases;
    const found = [];
    for (const tag of this.tags) {
      const name = tag.toLowerCase();
      const other = (aliases[tag] ?? "").toLowerCase();
      const rank = name === words ? 0 : name.startsWith(words) ? 1 : name.includes(words) ? 2 : other.includes(words) ? 3 : 4;
      if (rank < 4) found.push([rank, tag]);
    }
    found.sort((a, b) => a[0] - b[0] || a[1].length - b[1].length);
    return found.slice(0, MATCHES).map((one) => one[1]);
  }

  drawFound() {
    const rows = (this.matches ?? []).map((tag, index) => {
      const row = element("div", "", tag);
      row.setAttribute("role", "option");
      row.setAttribute("aria-selected", String(index === this.chosen));
      const render = this.render;
      row.addEventListener("mousedown", (event) => {
        event.preventDefault();
        if (render === this.render) this.add(tag);
      });
      return row;
    });
    this.part(".found").replaceChildren(...rows);
    this.part(".found").classList.toggle("open", rows.length > 0);
    rows[this.chosen]?.scrollIntoView({ block: "nearest" });
  }

  closeFound() {
    this.matches = [];
    this.part(".found")?.classList.remove("open");
  }
}
