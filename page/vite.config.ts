import { defineConfig, type Plugin } from "vite";

/**
 * wavesurfer.js puts a style element into its shadow root, which the page's Content-Security-Policy refuses.
 * It is taken out here; views/cut.ts gives the shadow root the few rules that the page needs.
 */
function withoutInlineStyle(): Plugin {
  return {
    name: "without-inline-style",
    transform(code, id) {
      if (!id.includes("wavesurfer.js/dist/wavesurfer.")) return null;
      const stripped = code.replace(/<style\$\{[\s\S]*?<\/style>/, "");
      if (stripped === code) throw new Error("wavesurfer.js no longer has the style element that is taken out here");
      return { code: stripped, map: null };
    },
  };
}

// Names without hashes and no source maps: the built files are committed, and the same sources give the same bytes.
export default defineConfig({
  base: "./", // a proxy may show the page below a path of its own
  plugins: [withoutInlineStyle()],
  build: {
    outDir: "../src/menura/web/static",
    emptyOutDir: true,
    target: "es2022",
    modulePreload: false,
    reportCompressedSize: true,
    assetsInlineLimit: 0,
    rollupOptions: {
      input: { index: "index.html", teach: "teach.html", capture: "src/audio/capture.worklet.ts" },
      output: {
        entryFileNames: "assets/[name].js",
        chunkFileNames: "assets/[name].js",
        assetFileNames: "assets/[name][extname]",
      },
    },
  },
});
