/** Turns keys into what they do. */

import type { Controller } from "./controller";
import { actionOf, type Action } from "./keys";
import type { CornerView } from "./views/corner";
import type { FiltersView } from "./views/filters";
import type { MarkedView } from "./views/marked";
import type { RecorderView } from "./views/recorder";
import type { ResultsView } from "./views/results";

export interface Views {
  recorder: RecorderView;
  results: ResultsView;
  filters: FiltersView;
  corner: CornerView;
  marked: MarkedView;
}

export function watchKeys(controller: Controller, views: Views): void {
  const { store } = controller;
  const withSound = (does: (sound: NonNullable<typeof store.sound>) => unknown): void => {
    const { sound } = store;
    if (sound) does(sound);
    else views.corner && store.state.items.length > 0 && move(0);
  };
  const move = (index: number): void => {
    controller.select(Math.max(0, index));
    views.results.focus();
    views.results.reveal();
  };
  const at = (): number => store.state.selected;
  const markTo = (index: number): void => {
    controller.marks.extend(index);
    views.results.focus();
    views.results.reveal();
  };
  const does: Record<Action, () => void> = {
    record: () => controller.record(),
    space: () => (store.state.recording !== "off" || !store.sound ? controller.record() : controller.toggle(store.sound)),
    "play from the beginning": () => withSound((sound) => controller.play(sound, 0)),
    "hear take": () => views.recorder.hear(),
    next: () => move(at() + 1),
    previous: () => move(at() - 1),
    "page down": () => move(at() + views.results.pageRows),
    "page up": () => move(at() - views.results.pageRows),
    first: () => move(0),
    last: () => move(store.state.items.length - 1),
    open: () => withSound(() => store.set({ details: !store.state.details })),
    escape: () => escape(controller),
    star: () => withSound((sound) => controller.keeping.star(sound)),
    like: () => withSound((sound) => controller.refine("like", sound)),
    unlike: () => withSound((sound) => controller.refine("unlike", sound)),
    copy: () => withSound((sound) => controller.keeping.copyPath(sound)),
    download: () => withSound((sound) => controller.keeping.downloadSound(sound)),
    why: () => withSound(() => store.set(store.state.why && store.state.details ? { why: false } : { details: true, why: true })),
    undo: () => controller.undo(),
    compare: () => withSound((sound) => (views.recorder.isPlaying ? controller.play(sound) : views.recorder.play())),
    find: () => views.filters.text.select(),
    favourites: () => controller.filter({ favourites: !store.state.favourites }),
    map: () => store.set({ map: !store.state.map }),
    mark: () => withSound(() => controller.marks.toggle(at())),
    "mark next": () => markTo(at() + 1),
    "mark previous": () => markTo(at() - 1),
    "mark all": () => controller.marks.all(),
    collect: () => views.marked.collections.open(),
    surprise: () => void controller.surprise(),
    help: () => views.corner.help(),
    "leave field": () => {
      views.filters.text.blur();
      move(at());
    },
  };
  document.addEventListener("keydown", (event) => {
    const target = event.target instanceof Element ? event.target : document.body;
    const action = actionOf(
      { key: event.key, ctrl: event.ctrlKey || event.metaKey, shift: event.shiftKey, alt: event.altKey },
      {
        typing: target.matches("input[type=search], input[type=text], textarea"),
        onControl: target.matches("button, a, select, input, summary"),
        onChoices: target.matches("select, input[type=range], input[type=number]"),
        inDialog: document.querySelector("dialog[open], :popover-open") !== null,
      },
    );
    if (!action || (event.repeat && !["next", "previous", "page down", "page up", "mark next", "mark previous"].includes(action))) return;
    event.preventDefault();
    does[action]();
  });
}

/** One thing at a time: the recording, the sound, the details, the selection. */
function escape(controller: Controller): void {
  const { store } = controller;
  const { recording, playing, details } = store.state;
  if (recording !== "off") controller.cancel();
  else if (playing !== null) controller.player.stop();
  else if (details) store.set({ details: false, why: false });
  else if (store.state.marked.size > 0) controller.marks.clear();
  else {
    controller.select(-1);
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
  }
}
