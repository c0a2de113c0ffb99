import { describe, expect, it } from "vitest";
import { parsed } from "../src/teach/skipped";

describe("skipped sounds", () => {
  it("are those that were kept", () => {
    expect(parsed("[3,1,2]")).toEqual([3, 1, 2]);
    expect(parsed(null)).toEqual([]);
  });
  it("are none where what was kept is garbled", () => {
    for (const kept of ["", "{", "7", '{"a":1}', '["a",-1,1.5,null]']) expect(parsed(kept)).toEqual([]);
  });
  it("are no more than a request may name", () => {
    expect(parsed(JSON.stringify(Array.from({ length: 2000 }, (_, id) => id)))).toHaveLength(500);
  });
});
