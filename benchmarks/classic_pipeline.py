#!/usr/bin/env python3
"""The classic per-frame conversion, as the reference for `faceswap bench --only convert`: decode the video to JPEG files, then for each of them read it, find
faces on the full frame (dlib's HOG detector and landmarks), crop, run the network for that one face (Original, PyTorch, all cores), blend over the full frame in
floating point with OpenCV and write a JPEG; then encode the files with the sound of the source. The network's weights are random, as costly as trained ones.

  classic_pipeline.py VIDEO [--frames 60] [--output FILE]     prints one JSON line with frames_per_s and the parts of a frame in milliseconds

Needs ffmpeg, g++, libdlib-dev, libdlib-data, python3-opencv and python3-torch.
"""
import argparse, ctypes, glob, json, os, subprocess, sys, tempfile, time
import cv2
import numpy as np
import torch

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import reference_torch  # noqa: E402

LANDMARKS = "/usr/share/dlib/shape_predictor_68_face_landmarks.dat"
SIZE, BLUR = 64, 2
MEAN_FACE = np.array([
    [0.000213256, 0.0752622, 0.18113, 0.29077, 0.393397, 0.586856, 0.689483, 0.799124, 0.904991, 0.98004, 0.490127, 0.490127,
     0.490127, 0.490127, 0.36688, 0.426036, 0.490127, 0.554217, 0.613373, 0.121737, 0.187122, 0.265825, 0.334606, 0.260918,
     0.182743, 0.645647, 0.714428, 0.793132, 0.858516, 0.79751, 0.719335, 0.254149, 0.340985, 0.428858, 0.490127, 0.551395,
     0.639268, 0.726104, 0.642159, 0.556721, 0.490127, 0.423532, 0.338094, 0.290379, 0.428096, 0.490127, 0.552157, 0.689874,
     0.553364, 0.490127, 0.42689],
    [0.106454, 0.038915, 0.0187482, 0.0344891, 0.0773906, 0.0773906, 0.0344891, 0.0187482, 0.038915, 0.106454, 0.203352,
     0.307009, 0.409805, 0.515625, 0.587326, 0.609345, 0.628106, 0.609345, 0.587326, 0.216423, 0.178758, 0.179852, 0.231733,
     0.245099, 0.244077, 0.231733, 0.179852, 0.178758, 0.216423, 0.244077, 0.245099, 0.780233, 0.745405, 0.727388, 0.742578,
     0.727388, 0.745405, 0.780233, 0.864805, 0.902192, 0.909281, 0.902192, 0.864805, 0.784792, 0.778746, 0.785343, 0.778746,
     0.784792, 0.824182, 0.831803, 0.824182]]).T


class Faces:
    """dlib through ctypes."""

    def __init__(self, folder):
        library = os.path.join(folder, "libclassic_faces.so")
        subprocess.run(["g++", "-O2", "-std=c++17", "-shared", "-fPIC", os.path.join(HERE, "classic_faces.cpp"),
                        "-ldlib", "-llapack", "-lblas", "-o", library], check=True)
        self.native = ctypes.CDLL(library)
        self.native.classic_faces_open.restype = ctypes.c_void_p
        self.handle = self.native.classic_faces_open(LANDMARKS.encode())
        if not self.handle:
            sys.exit(f"classic_pipeline: {LANDMARKS} cannot be read; install libdlib-data")
        self.points = np.zeros((16, 68, 2), np.int32)

    def find(self, bgr):
        rgb = np.ascontiguousarray(bgr[:, :, ::-1])
        count = self.native.classic_faces_find(
            ctypes.c_void_p(self.handle), rgb.ctypes.data_as(ctypes.c_void_p), rgb.shape[1], rgb.shape[0],
            self.points.ctypes.data_as(ctypes.c_void_p), len(self.points))
        return self.points[:count].copy()


def umeyama(points):
    """The similarity with scale from the landmarks 17..67 to the mean face (Umeyama, PAMI 1991), 2x3."""
    source, target = points[17:].astype(np.float64), MEAN_FACE
    a, b = source - source.mean(0), target - target.mean(0)
    u, s, vt = np.linalg.svd(b.T @ a / len(a))
    d = np.array([1, np.sign(np.linalg.det(u @ vt))])
    rotation = u @ np.diag(d) @ vt
    scale = (s * d).sum() / (a ** 2).sum(1).mean()
    return np.hstack([scale * rotation, (target.mean(0) - scale * rotation @ source.mean(0))[:, None]])


def crop_of(frame, matrix):
    return cv2.warpAffine(frame, matrix * SIZE, (SIZE, SIZE))


def blend(frame, face, points, matrix):
    """Paste, mask and blend over the whole frame in floating point."""
    height, width = frame.shape[:2]
    size, to_square = (width, height), matrix * SIZE
    flags = cv2.WARP_INVERSE_MAP | cv2.INTER_CUBIC
    pasted = frame.copy()
    cv2.warpAffine(face, to_square, size, pasted, flags, cv2.BORDER_TRANSPARENT)
    rectangle = cv2.warpAffine(np.ones((SIZE, SIZE, 3), np.float64), to_square, size, np.zeros((height, width, 3), np.float64), flags, cv2.BORDER_TRANSPARENT)
    hull = np.zeros((height, width, 3), np.float64)
    cv2.fillConvexPoly(hull, cv2.convexHull(points), (1, 1, 1))
    mask = cv2.blur(rectangle * hull, (BLUR, BLUR))
    return np.clip(np.rint(mask * pasted + (1.0 - mask) * frame), 0, 255).astype(np.uint8)


class Clock:
    def __init__(self):
        self.seconds = {}

    def __call__(self, part, work):
        start = time.perf_counter()
        result = work()
        self.seconds[part] = self.seconds.get(part, 0) + time.perf_counter() - start
        return result


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0], formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("video")
    parser.add_argument("--frames", type=int, default=60, help="convert the first N frames only [60]")
    parser.add_argument("--output", help="keep the converted video here")
    parser.add_argument("--seed", type=int, default=7)
    args = parser.parse_args()
    if not os.path.isfile(args.video):
        sys.exit(f"classic_pipeline: there is no file '{args.video}'")
    rate = subprocess.run(["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "stream=avg_frame_rate", "-of", "csv=p=0", args.video],
                          check=True, capture_output=True, text=True).stdout.strip().strip(",")
    clock = Clock()
    with tempfile.TemporaryDirectory() as folder:
        faces = Faces(folder)
        encoder, _, decoder = reference_torch.build("original")
        reference_torch.seed_weights([encoder, _, decoder], args.seed)
        network = torch.nn.Sequential(encoder, decoder).eval()
        with torch.no_grad():
            network(torch.zeros(1, 3, SIZE, SIZE))
        begin = time.perf_counter()
        clock("decode to JPEG", lambda: subprocess.run(
            ["ffmpeg", "-v", "error", "-i", args.video, "-frames:v", str(args.frames), "-q:v", "2", os.path.join(folder, "%06d.jpg")], check=True))
        names = sorted(glob.glob(os.path.join(folder, "*.jpg")))
        converted = 0
        for name in names:
            frame = clock("read JPEG", lambda: cv2.imread(name))
            for points in clock("find faces", lambda: faces.find(frame)):
                matrix = umeyama(points)
                crop = clock("crop", lambda: crop_of(frame, matrix))

                def predict():
                    with torch.no_grad():
                        x = torch.from_numpy(crop.astype(np.float32) / 255).permute(2, 0, 1)[None]
                        y = network(x)[0].permute(1, 2, 0).numpy()
                    return np.clip(y * 255, 0, 255).astype(np.uint8)

                face = clock("network", predict)
                frame = clock("blend", lambda: blend(frame, face, points, matrix))
                converted += 1
            clock("write JPEG", lambda: cv2.imwrite(name, frame, [cv2.IMWRITE_JPEG_QUALITY, 95]))
        output = args.output or os.path.join(folder, "converted.mp4")
        clock("encode", lambda: subprocess.run(
            ["ffmpeg", "-v", "error", "-y", "-framerate", rate, "-i", os.path.join(folder, "%06d.jpg"), "-i", args.video, "-map", "0:v", "-map", "1:a?", "-c:a", "copy",
             "-shortest", "-c:v", "libx264", "-preset", "medium", "-crf", "15", "-pix_fmt", "yuv420p", output], check=True))
        seconds = time.perf_counter() - begin
    print(json.dumps({
        "reference": f"PyTorch {torch.__version__}, OpenCV {cv2.__version__}, dlib -O2", "frames": len(names), "faces": converted, "seconds": round(seconds, 3),
        "frames_per_s": round(len(names) / seconds, 4), "blend_ms": round(clock.seconds.get("blend", 0) / max(converted, 1) * 1e3, 3),
        "ms_per_frame": {part: round(s / len(names) * 1e3, 3) for part, s in clock.seconds.items()}}))


if __name__ == "__main__":
    main()
