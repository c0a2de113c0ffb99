/** What the user keeps of sounds and takes: a star, a path, a file. */

import type { Api } from "./api";
import { contentOf, type Take } from "./audio/take";
import type { Stage } from "./controller";
import { inWords, type Search } from "./search";
import type { Sound } from "./types";

export class Keeping {
  constructor(
    private readonly search: Search,
    private readonly api: Api,
    private readonly stage: Pick<Stage, "say">,
  ) {}

  async star(sound: Sound): Promise<void> {
    this.search.update(sound, { favourite: !sound.favourite });
    try {
      await this.api.favour(sound.library, sound.id, !sound.favourite);
      this.stage.say(sound.favourite ? `No longer a favourite: ${sound.name}` : `Favourite: ${sound.name}`);
    } catch (error) {
      this.search.update(sound, { favourite: sound.favourite });
      this.stage.say(inWords(error) ?? "The star could not be kept: the server does not answer.");
    }
  }

  async copyPath(sound: Sound): Promise<void> {
    try {
      const { absolute_path: path } = await this.api.details(sound.library, sound.id);
      await navigator.clipboard.writeText(path);
      this.stage.say(`Copied: ${path}`);
    } catch (error) {
      this.stage.say(`The path could not be copied: ${inWords(error) ?? "the server does not answer"}`);
    }
  }

  /** Downloads a sound; the browser would say nothing of one that is gone. */
  async downloadSound(sound: Sound): Promise<void> {
    try {
      await this.api.details(sound.library, sound.id);
      download(this.api.fileUrl(sound.library, sound.id), sound.name);
    } catch (error) {
      this.stage.say(`This sound cannot be downloaded: ${inWords(error) ?? "the server does not answer"}`);
    }
  }

  saveTake(take: Take): void {
    const url = URL.createObjectURL(contentOf(take));
    download(url, take.file && !take.cut ? take.name : `${take.name.replace(/\.[^.]*$/, "")}.wav`);
    window.setTimeout(() => URL.revokeObjectURL(url), 10_000);
  }
}

function download(url: string, name: string): void {
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
}
