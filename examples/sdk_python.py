"""With the official SDK (``pip install syncsdk``): our boxes in its request.

Both count the same frames, since the very file that was tracked is the one that is uploaded.
"""

import sys

from sync import Sync
from sync.common import ActiveSpeaker, Audio, Generation, GenerationOptions, Video

from speaker_boxes import track_speaker


def generate(clip: str, click: str, *, video_url: str, audio_url: str, sync: Sync) -> Generation:
    """Start a generation; ``video_url`` is the clip where the server can fetch it."""
    result = track_speaker(clip, at=click)
    return sync.generations.create(
        model="lipsync-2",
        input=[Video(url=video_url), Audio(url=audio_url)],
        options=GenerationOptions(
            sync_mode="cut_off",
            active_speaker_detection=ActiveSpeaker(
                auto_detect=False, bounding_boxes=result.bounding_boxes
            ),
        ),
    )


if __name__ == "__main__":
    clip, click, video_url, audio_url = sys.argv[1:]
    # the SDK takes the key from SYNC_API_KEY
    print(generate(clip, click, video_url=video_url, audio_url=audio_url, sync=Sync()).id)
