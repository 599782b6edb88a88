# mypy: ignore-errors
"""Make ``reference.npz``: what PyTorch and python_speech_features give for fixed inputs.

    python -m tests.track.speech.network.make_reference lr_asd_pretrain_AVA.model

Run once, where torch 2.13.0 and python_speech_features 0.6 are installed; tests and type checks
need neither.
The layers are written as in LR-ASD's ``model/``, with its 3-D convolutions and norms. Its
``MaxPool3d`` over a four-dimensional tensor is the ``MaxPool2d`` below.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import python_speech_features
import torch
from torch import nn

from tests.track.speech.inputs import faces, sound

HERE = Path(__file__).parent
EPSILON = 0.001


class Visual(nn.Module):
    """Convolutions over a face, in space and then in time."""

    def __init__(self) -> None:
        super().__init__()
        self.block1 = visual_block(1, 16, 32, stride=2)
        self.block2 = visual_block(32, 32, 64)
        self.block3 = visual_block(64, 64, 128)
        self.pool = nn.MaxPool3d((1, 3, 3), (1, 2, 2), (0, 1, 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = ((x / 255 - 0.4161) / 0.1688)[None, None]
        x = self.block3(self.pool(self.block2(self.pool(self.block1(x)))))
        return x[0].amax(dim=(2, 3)).T


class Audio(nn.Module):
    """The same over features, in frequency and then in time."""

    def __init__(self) -> None:
        super().__init__()
        self.block1 = audio_block(1, 16, 32)
        self.block2 = audio_block(32, 32, 64)
        self.block3 = audio_block(64, 64, 128)
        self.pool = nn.MaxPool2d((1, 3), (1, 2), (0, 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x.T[None, None]
        x = self.block3(self.pool(self.block2(self.pool(self.block1(x)))))
        return x[0].mean(dim=1).T


class Gate(nn.Module):
    """Each channel by what all say of it."""

    def __init__(self, n: int) -> None:
        super().__init__()
        self.attention = nn.Conv1d(n, n, 1, bias=False)
        self.bn = nn.BatchNorm1d(n, eps=EPSILON)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * torch.sigmoid(self.bn(self.attention(x.transpose(1, 2)))).transpose(1, 2)


class Detector(nn.Module):
    """A GRU in each direction, and a gate."""

    def __init__(self) -> None:
        super().__init__()
        self.gru_forward = nn.GRU(256, 64, batch_first=True)
        self.gru_backward = nn.GRU(256, 64, batch_first=True)
        self.attention = Gate(128)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        there, _ = self.gru_forward(x)
        back, _ = self.gru_backward(torch.flip(x, (1,)))
        return self.attention(torch.cat([there, torch.flip(back, (1,))], 2))


class Head(nn.Module):
    """Two logits; the second is "speaking"."""

    def __init__(self) -> None:
        super().__init__()
        self.FC = nn.Linear(128, 2)


class Whole(nn.Module):
    """All of LR-ASD, by its own names."""

    def __init__(self) -> None:
        super().__init__()
        self.visualEncoder, self.audioEncoder = Visual(), Audio()
        self.fusion, self.detector, self.lossAV = Gate(256), Detector(), Head()

    def speaking(self, seen: torch.Tensor, heard: torch.Tensor) -> torch.Tensor:
        x = self.fusion(torch.cat([heard, seen], 1)[None])
        return self.lossAV.FC(self.detector(x))[0, :, 1]


def visual_block(n_in: int, middle: int, n_out: int, stride: int = 1) -> nn.Module:
    """Names as LR-ASD's: s_1, s_norm_1, s_2, ..."""
    return Block(
        nn.Conv3d,
        nn.BatchNorm3d,
        ("s", "s", "t", "t"),
        [
            ((n_in, middle, (1, 5, 5)), {"padding": (0, 2, 2), "stride": (1, stride, stride)}),
            ((middle, n_out, (1, 3, 3)), {"padding": (0, 1, 1)}),
            ((n_out, n_out, (5, 1, 1)), {"padding": (2, 0, 0)}),
            ((n_out, n_out, (3, 1, 1)), {"padding": (1, 0, 0)}),
        ],
    )


def audio_block(n_in: int, middle: int, n_out: int) -> nn.Module:
    return Block(
        nn.Conv2d,
        nn.BatchNorm2d,
        ("m", "m", "t", "t"),
        [
            ((n_in, middle, (5, 1)), {"padding": (2, 0)}),
            ((middle, n_out, (3, 1)), {"padding": (1, 0)}),
            ((n_out, n_out, (1, 5)), {"padding": (0, 2)}),
            ((n_out, n_out, (1, 3)), {"padding": (0, 1)}),
        ],
    )


class Block(nn.Module):
    """Four convolutions, each with norm and ReLU."""

    def __init__(self, convolution, norm, kinds, layers) -> None:
        super().__init__()
        self.names = []
        for i, (kind, (shape, how)) in enumerate(zip(kinds, layers, strict=True)):
            number = i % 2 + 1
            names = f"{kind}_{number}", f"{kind}_norm_{number}"
            self.add_module(names[0], convolution(*shape, bias=False, **how))
            self.add_module(names[1], norm(shape[1], eps=EPSILON))
            self.names.append(names)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for convolution, norm in self.names:
            x = torch.relu(getattr(self, norm)(getattr(self, convolution)(x)))
        return x


def main() -> None:
    """Write the reference beside this file."""
    state = torch.load(sys.argv[1], map_location="cpu")
    model = Whole()
    named = {name.removeprefix("model."): value for name, value in state.items()}
    named = {name: value for name, value in named.items() if not name.startswith("lossV.")}
    model.load_state_dict(named)
    model.eval()
    features = python_speech_features.mfcc(sound(), 16000)
    with torch.no_grad():
        seen = model.visualEncoder(torch.from_numpy(faces().astype(np.float32)))
        heard = model.audioEncoder(torch.from_numpy(features.astype(np.float32)))
        n = len(seen)
        assert len(heard) == n, (len(heard), n)
        scores = model.speaking(seen, heard).numpy()
        short = model.speaking(seen[: n // 2], heard[: n // 2]).numpy()
    np.savez_compressed(
        HERE / "reference.npz",
        features=features[::12].astype(np.float32),
        seen=seen.numpy()[::16],
        heard=heard.numpy()[::16],
        scores=scores,
        short=short,
    )


if __name__ == "__main__":
    main()
