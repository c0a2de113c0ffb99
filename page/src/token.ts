/** The token that the server wants, from the address that menura serve printed. */

const KEY = "menura.token";

export class Token {
  value: string | null = null;

  /** Takes the token out of the address, where it would stay in the history, and keeps it for all tabs of this server. */
  constructor(onNew: () => void) {
    if (!this.take()) this.value = stored();
    window.addEventListener("hashchange", () => {
      if (this.take()) onNew();
    });
    // A server that was started anew has another token, and another tab has been opened with it.
    window.addEventListener("storage", ({ key, newValue }) => {
      if (key !== KEY || !newValue) return;
      this.value = newValue;
      onNew();
    });
  }

  private take(): boolean {
    const said = new URLSearchParams(location.hash.slice(1));
    const found = said.get("token");
    if (!found) return false;
    this.value = found;
    said.delete("token"); // the rest says what is looked for
    history.replaceState(null, "", location.pathname + location.search + (said.size > 0 ? `#${said}` : ""));
    try {
      localStorage.setItem(KEY, found);
    } catch {
      // a browser that keeps nothing: this tab knows it
    }
    return true;
  }
}

function stored(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}
