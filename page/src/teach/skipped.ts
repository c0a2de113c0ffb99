/** The sounds that were not wanted, for as long as the tab is there: a reload asks for the same sound again. */

const KEY = "menura.teach.skipped";
const MOST = 500;

export function skippedOf(lib: string): readonly number[] {
  try {
    return parsed(sessionStorage.getItem(`${KEY}.${lib}`));
  } catch {
    return []; // a browser that keeps nothing
  }
}

/** What was kept, as far as it can be understood. */
export function parsed(kept: string | null): readonly number[] {
  try {
    const found: unknown = JSON.parse(kept ?? "[]");
    return Array.isArray(found) ? found.filter((id) => Number.isSafeInteger(id) && id >= 0).slice(-MOST) : [];
  } catch {
    return [];
  }
}

export function skip(lib: string, sound: number): void {
  try {
    sessionStorage.setItem(`${KEY}.${lib}`, JSON.stringify([...skippedOf(lib), sound].slice(-MOST)));
  } catch {
    // then it may be asked for again
  }
}
