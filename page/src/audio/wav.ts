/** Mono samples as a 16-bit wav file. */

const HEADER_BYTES = 44;

/** Samples in [-1, 1]; what lies beyond is clipped. */
export function encodeWav(samples: Float32Array, rateHz: number): ArrayBuffer {
  const buffer = new ArrayBuffer(HEADER_BYTES + 2 * samples.length);
  const view = new DataView(buffer);
  const text = (offset: number, letters: string): void => {
    for (let i = 0; i < letters.length; i++) view.setUint8(offset + i, letters.charCodeAt(i));
  };
  text(0, "RIFF");
  view.setUint32(4, buffer.byteLength - 8, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true); // bytes of the format
  view.setUint16(20, 1, true); // PCM
  view.setUint16(22, 1, true); // channels
  view.setUint32(24, rateHz, true);
  view.setUint32(28, 2 * rateHz, true); // bytes a second
  view.setUint16(32, 2, true); // bytes a frame
  view.setUint16(34, 16, true); // bits
  text(36, "data");
  view.setUint32(40, 2 * samples.length, true);
  samples.forEach((sample, i) => {
    const scaled = Math.round(sample * 32768);
    view.setInt16(HEADER_BYTES + 2 * i, Math.max(-32768, Math.min(32767, scaled)), true);
  });
  return buffer;
}
