// What the desk looks like. Everything that can be pressed knows the item it was drawn for.

class Drawing extends Searching {
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
    this.drawSides(record);
    this.drawChips(record);
  }

  about(record) {
    const answer = this.mine.get(record.id);
    const parts = [`Item ${plain(record.id)}`];
    if (answer) parts.push(answer.act === "skip" ? "you skipped it" : `you ${this.data.verb} it`);
    if (record.own) parts.push("you are one of those who differ");
    if (record.changed && !answer) parts.push("you answered it before its text changed");
    return parts.join(" · ");
  }

  drawCounts() {
    const { total } = this.data;
    const done = this.count(this.data.done, (one) => one !== undefined && one.act !== "skip");
    const skipped = this.count(this.data.skipped, (one) => one?.act === "skip");
    const aside = skipped ? `, ${skipped.toLocaleString("en")} skipped` : "";
    this.part(".counts").textContent = `${done.toLocaleString("en")} of ${total.toLocaleString("en")} ${this.data.verb}${aside}`;
    this.part(".fill").style.width = `${total ? (100 * done) / total : 0}%`;
  }

  /** A number of the server, with what waits in the queue. */
  count(known, fits) {
    const items = new Set(this.queue.entries.filter((one) => one.job === this.job).map((one) => one.item));
    let now = known;
    for (const item of items) now += fits(this.mine.get(item)) - fits(this.confirmed.get(item));
    return Math.max(0, Math.min(this.data.total, now));
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
}
