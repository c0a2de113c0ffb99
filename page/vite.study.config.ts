import { defineConfig } from "vite";

/** The page of a study, built by itself beside the other one: so that neither waits for what only the other needs. */
export default defineConfig({
  base: "./",
  publicDir: false,
  build: {
    outDir: "../src/menura/web/static",
    emptyOutDir: false,
    target: "es2022",
    modulePreload: false,
    assetsInlineLimit: 0,
    rollupOptions: {
      input: { study: "study.html" },
      output: { entryFileNames: "assets/[name].js", chunkFileNames: "assets/[name].js", assetFileNames: "assets/[name][extname]" },
    },
  },
});
