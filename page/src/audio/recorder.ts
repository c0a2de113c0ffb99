/** From the microphone to samples: PCM all the way, and nothing that a telephone would do to a voice. */

import { SILENCE_S, SilenceDetector, rms, type Hearing } from "./silence";

const WORKLET = "/assets/capture.js";
const BLOCK = 1024;
const PAUSE_S = SILENCE_S / 2;

export interface Recorded {
  samples: Float32Array<ArrayBuffer>;
  rateHz: number;
  silent: boolean;
  device: string;
}

export interface Listener {
  /** After each block of some 20 ms. `peak` is in [0, 1]. */
  heard(peak: number, hearing: Hearing, elapsedS: number): void;
  /** A silence has begun that may be the end: what there is would be the take. */
  paused(recorded: Recorded): void;
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
    try {
      stream = await navigator.mediaDevices.getUserMedia({
        audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false, channelCount: 1 },
      });
      const context = new AudioContext();
      await Promise.all([context.audioWorklet.addModule(WORKLET), context.resume()]);
      this.session = { stream, context, blocks: [], detector: new SilenceDetector(BLOCK / context.sampleRate) };
      if (!this.wanted) return this.release();
      const source = context.createMediaStreamSource(stream);
      const capture = new AudioWorkletNode(context, "capture", { numberOfOutputs: 0 });
      capture.port.onmessage = ({ data }: MessageEvent<Float32Array>) => this.take(data);
      stream.getAudioTracks()[0]?.addEventListener("ended", () => this.stop());
      source.connect(capture);
    } catch (error) {
      for (const track of stream?.getTracks() ?? []) track.stop();
      this.release();
      if (this.wanted) this.listener.failed(error);
    }
  }

  /** Ends the take, and hands it over. */
  stop(): void {
    const session = this.session;
    if (session) this.listener.finished(soFar(session));
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
    this.listener.heard(peak, hearing, session.blocks.length * session.detector.blockS);
    const { silentS, blockS } = session.detector;
    if (hearing === "silence after it" && silentS >= PAUSE_S && silentS < PAUSE_S + blockS) this.listener.paused(soFar(session));
    if (hearing === "over") this.stop();
  }

  private release(): void {
    for (const track of this.session?.stream.getTracks() ?? []) track.stop();
    void this.session?.context.close();
    this.session = null;
  }
}

/** What has been recorded, without the silence around it. */
function soFar({ blocks, context, detector, stream }: Session): Recorded {
  const rateHz = context.sampleRate;
  const [start, end] = detector.kept.map((seconds) => Math.round(seconds * rateHz)) as [number, number];
  const all = new Float32Array(blocks.length * BLOCK);
  blocks.forEach((block, i) => all.set(block, i * BLOCK));
  return { samples: all.slice(start, end), rateHz, silent: detector.isSilent, device: stream.getAudioTracks()[0]?.label ?? "" };
}
