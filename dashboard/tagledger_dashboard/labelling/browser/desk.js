// One item after the other, answered by keyboard. A key acts at once, in the browser, on the item
// that is shown: nothing waits for the server. Each answer names its item and the text that was
// shown; answers wait in a queue, also on disk, until the server says that they are saved.

const RESEND = 4000; // milliseconds without a word of the server
const LOOK = 5000; // and between two looks at what another window has answered
const REST = 2000; // before what could not be saved is sent again

class Desk extends Keys {
  constructor(root) {
    super();
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

  // What comes from the server.

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
    this.listeners = new AbortController();
    const { signal } = this.listeners;
    // First of all listeners: Streamlit has keys of its own.
    window.addEventListener("keydown", (event) => this.key(event), { capture: true, signal });
    for (const kind of ["keydown", "click"]) {
      window.addEventListener(kind, (event) => this.choose(event), { capture: true, signal });
    }
    // The desk of what was chosen before may be gone by the time that the choice is taken.
    if (document.activeElement?.matches("[role=combobox][aria-expanded=false]")) leaveField();
    window.addEventListener("focus", () => this.look(), { signal });
    window.addEventListener("beforeunload", (event) => this.leaving(event), { signal });
    this.part("#find").addEventListener("input", () => this.find(), { signal });
    for (const name of ["#find", "#note"]) {
      for (const kind of ["keydown", "keyup", "keypress"]) {
        this.part(name).addEventListener(kind, (event) => event.stopPropagation(), { signal });
      }
    }
    this.part("#find").addEventListener("blur", () => setTimeout(() => this.leaveFound(), 150), { signal });
    this.timer = setInterval(() => this.tick(), 500);
  }

  close() {
    clearInterval(this.timer);
    this.listeners?.abort();
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

  // What goes to the server.

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
}

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
