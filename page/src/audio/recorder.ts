/** From the microphone to samples: PCM all the way, and nothing that a telephone would do to a voice. */

import { SilenceDetector, rms, type Hearing } from "./silence";

const WORKLET = "assets/capture.js";
const BLOCK = 1024;
const BEGUN_MS = 8_000;

/** All that the microphone gave. */
export interface Recorded {
  samples: Float32Array<ArrayBuffer>;
  rateHz: number;
  muted: boolean;
  device: string;
}

export interface Listener {
  /** After each block of some 20 ms. `peak` is in [0, 1]. */
  heard(peak: number, hearing: Hearing, times: Pick<SilenceDetector, "elapsedS" | "beganS" | "blockS">): void;
  finished(recorded: Recorded): void;
  failed(error: unknown): void;
}

interface Session {
  stream: MediaStream;
  context: AudioContext;
  blocks: Float32Array[];
  detector: SilenceDetector;
}

export class Recorder {
  private session: Session | null = null;
  private wanted = false;

  constructor(private readonly listener: Listener) {}

  /** Asks for the microphone and records until `stop`, silence after sound, or the longest take. */
  async start(): Promise<void> {
    this.wanted = true;
    let stream: MediaStream | null = null;
    let context: AudioContext | null = null;
    try {
      stream = await navigator.mediaDevices.getUserMedia({
        audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false, channelCount: 1 },
      });
      context = new AudioContext();
      await Promise.all([context.audioWorklet.addModule(WORKLET), begun(context)]);
      this.session = { stream, context, blocks: [], detector: new SilenceDetector(BLOCK / context.sampleRate) };
      if (!this.wanted) return this.release();
      const source = context.createMediaStreamSource(stream);
      const capture = new AudioWorkletNode(context, "capture", { numberOfOutputs: 0 });
      capture.port.onmessage = ({ data }: MessageEvent<Float32Array>) => this.take(data);
      stream.getAudioTracks()[0]?.addEventListener("ended", () => this.stop());
      source.connect(capture);
    } catch (error) {
      for (const track of stream?.getTracks() ?? []) track.stop();
      if (context && !this.session) void context.close();
      this.release();
      if (this.wanted) this.listener.failed(error);
    }
  }

  /** Ends the take, and hands it over. */
  stop(): void {
    const session = this.session;
    if (session) this.listener.finished(recorded(session));
    this.cancel();
  }

  /** Ends the take, and forgets it. */
  cancel(): void {
    this.wanted = false;
    this.release();
  }

  private take(block: Float32Array): void {
    const session = this.session;
    if (!session) return;
    session.blocks.push(block);
    const hearing = session.detector.hear(rms(block));
    const peak = block.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    this.listener.heard(peak, hearing, session.detector);
    if (hearing === "over") this.stop();
  }

  private release(): void {
    for (const track of this.session?.stream.getTracks() ?? []) track.stop();
    void this.session?.context.close();
    this.session = null;
  }
}

/** Sound runs, or does not begin: without a loudspeaker to play on, Firefox waits for one and never says so. */
async function begun(context: AudioContext): Promise<void> {
  let late = 0;
  const tooLate = new Promise<never>((_, reject) => {
    late = window.setTimeout(() => reject(new DOMException("sound does not begin", "TimeoutError")), BEGUN_MS);
  });
  await Promise.race([context.resume(), tooLate]).finally(() => clearTimeout(late));
}

function recorded({ blocks, context, detector, stream }: Session): Recorded {
  const samples = new Float32Array(blocks.length * BLOCK);
  blocks.forEach((block, i) => samples.set(block, i * BLOCK));
  return { samples, rateHz: context.sampleRate, muted: detector.isMuted, device: stream.getAudioTracks()[0]?.label ?? "" };
}
