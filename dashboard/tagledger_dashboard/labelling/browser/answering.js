// What keys and buttons do.

const LONGEST = 3600; // seconds that an answer can take

class Answering extends Drawing {
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
      const leave = this.current.asked ? "→ to leave the dispute open" : "S to skip the item";
      this.say(`No tag is on. Press 0 if none of them applies, ${leave}`);
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
    this.say(record.sides ? "Decided. ← goes back to it, and shows who said what" : "");
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
}
