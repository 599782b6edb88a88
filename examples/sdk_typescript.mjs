// With the official SDK (npm install @sync.so/sdk): the boxes from the file that
// `speaker-boxes track talk.mp4 --at 12:281,180 -o talk.json` writes.
import { readFile } from "node:fs/promises";

/** The request for sync.generations.create(): boxes of the very file that videoUrl leads to. */
export function requestWith(boxes, { videoUrl, audioUrl }) {
  return {
    model: "lipsync-2",
    input: [
      { type: "video", url: videoUrl },
      { type: "audio", url: audioUrl },
    ],
    options: {
      sync_mode: "cut_off",
      // inside options the API spells names with underscores
      active_speaker_detection: { auto_detect: false, bounding_boxes: boxes.bounding_boxes },
    },
  };
}

export async function readBoxes(path) {
  return JSON.parse(await readFile(path, "utf8"));
}

if (import.meta.url === `file://${process.argv[1]}`) {
  const [path, videoUrl, audioUrl] = process.argv.slice(2);
  const { SyncClient } = await import("@sync.so/sdk"); // the key comes from SYNC_API_KEY
  const request = requestWith(await readBoxes(path), { videoUrl, audioUrl });
  console.log((await new SyncClient().generations.create(request)).id);
}
