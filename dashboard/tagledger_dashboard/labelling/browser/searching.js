// The search for a tag: a part of its name or of an alias.

const MATCHES = 20;

class Searching {
  find() {
    const words = this.part("#find").value.trim().toLowerCase();
    this.chosen = 0;
    this.matches = words ? this.search(words) : [];
    this.drawFound();
  }

  search(words) {
    const aliases = this.data.aliases;
    const found = [];
    for (const tag of this.current?.asked ?? this.tags) {
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

  /** Close the list of a field that was left, unless somebody searches in it again already. */
  leaveFound() {
    if (this.root.activeElement !== this.part("#find")) this.closeFound();
  }

  closeFound() {
    this.matches = [];
    this.part(".found")?.classList.remove("open");
  }
}
