/** Samples as a 16-bit wav file. */

const HEADER_BYTES = 44;

/** Channels of equal length, samples in [-1, 1]; what lies beyond is clipped. */
export function encodeWav(channels: readonly Float32Array[], rateHz: number): ArrayBuffer {
  const frameBytes = 2 * channels.length;
  const buffer = new ArrayBuffer(HEADER_BYTES + frameBytes * (channels[0]?.length ?? 0));
  const view = new DataView(buffer);
  const text = (offset: number, letters: string): void => {
    for (let i = 0; i < letters.length; i++) view.setUint8(offset + i, letters.charCodeAt(i));
  };
  text(0, "RIFF");
  view.setUint32(4, buffer.byteLength - 8, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true); // bytes of the format
  view.setUint16(20, 1, true); // PCM
  view.setUint16(22, channels.length, true);
  view.setUint32(24, rateHz, true);
  view.setUint32(28, frameBytes * rateHz, true); // bytes a second
  view.setUint16(32, frameBytes, true);
  view.setUint16(34, 16, true); // bits
  text(36, "data");
  view.setUint32(40, buffer.byteLength - HEADER_BYTES, true);
  channels.forEach((samples, channel) =>
    samples.forEach((sample, i) => {
      const scaled = Math.round(sample * 32768);
      view.setInt16(HEADER_BYTES + frameBytes * i + 2 * channel, Math.max(-32768, Math.min(32767, scaled)), true);
    }),
  );
  return buffer;
}
