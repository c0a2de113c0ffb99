/** Puts the page together. */

import "./style/tokens.css";
import "./style/page.css";
import "./style/recorder.css";
import "./style/results.css";
import "./style/details.css";
import "./style/kinds.css";
import "./style/musical.css";
import "./style/listening.css";
import "./style/libraries.css";
import "./style/kept.css";

import { Api } from "./api";
import { Output } from "./audio/output";
import { Player } from "./audio/player";
import { Connection } from "./connection";
import { Controller } from "./controller";
import { byId } from "./dom";
import { keepListening, playAtOnce } from "./listening";
import { KeptTakes } from "./kept-takes";
import { Place } from "./place";
import { Search } from "./search";
import { watchKeys } from "./shortcuts";
import { Store } from "./store";
import { Token } from "./token";
import { ViewCache } from "./views-cache";
import { CornerView } from "./views/corner";
import { DetailsView } from "./views/details";
import { watchDrops } from "./views/drop";
import { FiltersView } from "./views/filters";
import { KindsView } from "./views/kinds";
import { LengthView } from "./views/length";
import { MusicalView } from "./views/musical";
import { LibraryView } from "./views/library";
import { ListeningView } from "./views/listening";
import { MapButton } from "./views/map-button";
import { MarkedView } from "./views/marked";
import { RecorderView } from "./views/recorder";
import { ResultsView } from "./views/results";
import { say } from "./views/say";
import { speak } from "./views/speech";
import { watchTheme } from "./views/theme";

const store = new Store();
const token = new Token(() => void connection.begin());
const place = new Place(store, () => void arrive());
const api = new Api(token, () => connection.lost());
const search = new Search(store, api);
const connection: Connection = new Connection(store, api, search);
const views = new ViewCache(api);
const output = new Output(store.state.listening.volume);
const player = new Player(byId("audio"), output, {
  started: () => undefined,
  ended: () => store.set({ playing: null }),
  failed: (key) => void controller.sayWhyNot(key),
});
const controller = new Controller(store, api, search, player, views, { say, heard: (...block) => recorder.heard(...block) });
const recorder: RecorderView = new RecorderView(controller, output);
const filters = new FiltersView(controller);
new KindsView(controller);
const marked = new MarkedView(controller);
const results = new ResultsView(controller, views);
new MapButton(controller, results);
const corner = new CornerView(store);
new LengthView(controller);
new MusicalView(controller);
new LibraryView(controller, connection);
new ListeningView(controller, output);
keepListening(store);
playAtOnce(controller);
const details = new DetailsView(controller, views, recorder, () => results.focus());

speak(store);

watchTheme(() => {
  recorder.redraw();
  results.redraw();
  details.redraw();
});
watchDrops(controller);
watchKeys(controller, { recorder, results, filters, corner, marked });

// After a search by voice, keys go to the results: space plays the best one.
let preparing = 0;
store.watch(["items"], () => {
  window.clearTimeout(preparing);
  preparing = window.setTimeout(() => controller.prepare(), 30); // the list is painted first
  if (store.state.selected === 0 && store.state.take) {
    results.focus();
    results.reveal();
  }
});
store.watch(["reachable"], () => {
  const banner = byId("banner");
  banner.hidden = store.state.reachable;
  banner.textContent = store.state.reachable ? "" : "The server does not answer. Is menura serve still running? This page goes on by itself once it is back.";
});

/** Shows what the address says, once the server has answered. */
async function arrive(): Promise<void> {
  await connection.begin();
  await marked.collections.look().catch(() => undefined);
  const wanted = place.takeWanted();
  if (!wanted || !store.state.reachable) return;
  await controller.recall(wanted.library, wanted.id, wanted.path);
  results.reveal();
}

const kept = new KeptTakes(store, () => {
  store.set({ keepsTakes: false });
  say("This browser keeps no takes: it may be a private window, or its storage is full.");
});
void kept.begin().then((takes) => {
  controller.takesMade = takes;
  return arrive();
});
