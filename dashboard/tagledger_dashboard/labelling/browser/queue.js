// The answers that are not saved yet.

const KEY = /^[0-9a-f]{16}$/;

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
