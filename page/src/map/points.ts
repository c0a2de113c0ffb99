/** The points of a map, as the server sends them. */

export interface Points {
  /** x and y of each, one after the other. */
  places: Float32Array;
  ids: Uint32Array;
  /** Of each the number of its category. */
  categories: Uint16Array;
  /** What the categories are called, the one with the most points first. */
  names: readonly string[];
}

interface Header {
  [tensor: string]: { dtype: string; data_offsets: [number, number] };
}

/** Reads safetensors: the length of a header in 8 bytes, the header in JSON, and the numbers, little-endian. */
export function pointsOf(content: ArrayBuffer): Points {
  const length = Number(new DataView(content).getBigUint64(0, true));
  const { __metadata__: names = {}, ...tensors } = JSON.parse(new TextDecoder().decode(new Uint8Array(content, 8, length))) as Header & { __metadata__?: Record<string, string> };
  const bytes = (name: string, dtype: string): ArrayBuffer => {
    const tensor = (tensors as Header)[name];
    if (tensor?.dtype !== dtype) throw new Error(`the points have no ${name} of ${dtype}`);
    return content.slice(8 + length + tensor.data_offsets[0], 8 + length + tensor.data_offsets[1]);
  };
  return {
    places: new Float32Array(bytes("places", "F32")),
    ids: new Uint32Array(bytes("ids", "U32")),
    categories: new Uint16Array(bytes("categories", "U16")),
    names: Object.entries(names as Record<string, string>).sort(([a], [b]) => Number(a) - Number(b)).map(([, name]) => name),
  };
}
