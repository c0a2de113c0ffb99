/** What all that is heard goes through: a gain of each source's own, and the volume of everything. */

export class Output {
  private context: AudioContext | null = null;
  private all: GainNode | null = null;
  private readonly gains = new WeakMap<HTMLMediaElement, GainNode>();

  constructor(private loud: number) {}

  /** How loud everything is, in [0, 1]; half is a quarter of the amplitude, as it sounds. */
  set volume(volume: number) {
    this.loud = volume;
    if (this.all) this.all.gain.value = volume ** 2;
  }

  /** Lets an element be heard, so much louder than it is. To be called as somebody asks to hear something. */
  through(element: HTMLMediaElement, gain: number): void {
    this.context ??= new AudioContext();
    if (this.context.state === "suspended") void this.context.resume();
    if (!this.all) {
      this.all = new GainNode(this.context, { gain: this.loud ** 2 });
      this.all.connect(this.context.destination);
    }
    let own = this.gains.get(element);
    if (!own) {
      own = new GainNode(this.context);
      this.context.createMediaElementSource(element).connect(own).connect(this.all);
      this.gains.set(element, own);
    }
    own.gain.value = gain;
  }
}
