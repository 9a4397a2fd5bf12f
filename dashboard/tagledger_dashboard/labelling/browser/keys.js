// Which key does what, and which keys do nothing.

const PAUSE = 400; // that keys must rest after one that came too early
const OPTION = "[role=option]";
const CHOICE = "input:not([type=checkbox], [type=radio])";

let chosen = 0; // when something was chosen above the desk: the next keys are for what it brings

class Keys extends Answering {
  /** Something was chosen in a field of the page: from here on keys are the desk's again. */
  choose(event) {
    const target = event.composedPath()[0];
    if (!(target instanceof Element) || this.root.contains(target)) return;
    const entered = event.key === "Enter" && !event.isComposing && target.matches(CHOICE);
    if (!entered && !(event.type === "click" && target.closest(OPTION))) return;
    chosen = event.timeStamp;
    setTimeout(() => leaveField(), 0); // once Streamlit has taken the choice
  }

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
    const choosing = this.isChoosing(event.timeStamp);
    if (early || choosing || (this.guarded && event.timeStamp - this.guarded < PAUSE)) {
      this.guarded = event.timeStamp;
      this.say("A key came before this item was shown, and was not counted. Look, then press again");
      return true;
    }
    this.guarded = 0;
    return false;
  }

  /** Whether what was chosen above may not be drawn yet: then keys wait until they rest. */
  isChoosing(now) {
    if (!chosen) return false;
    const app = document.querySelector("[data-testid=stApp]");
    const runs = (app?.dataset.testScriptState ?? "notRunning") !== "notRunning";
    const waits = runs || now - chosen < PAUSE;
    chosen = waits ? now : 0;
    return waits;
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
}

/** Take the focus from a field of the page outside the desk. */
function leaveField() {
  const field = document.activeElement;
  if (field?.matches?.(CHOICE)) field.blur();
}
