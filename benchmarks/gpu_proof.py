#!/usr/bin/env python3
"""Proves and measures FaceSwap.Native on a machine with an NVIDIA GPU, beside PyTorch, and prints one table.

  gpu_proof.py --faceswap COMMAND --root DIR [--device cuda|cuda:N|cpu] [--steps doctor,selftest,...] [--video CLIP] [--out DIR] [--budget SECONDS]

COMMAND is the faceswap command, DIR holds golden/ and reference_torch.py (the bundle's script run.sh fills in both). What a call measured is kept in
DIR/state, so that the steps may be spread over several calls; every call writes report.md, of all that is known by then, to --out, with the logs.
Nothing but Python's standard library is needed here; PyTorch, compute-sanitizer and nvidia-smi are used where they are there.

Steps: doctor (devices and libraries), selftest (conformance and golden values in each precision), bench (our numbers), torch (PyTorch's),
sanitizer (compute-sanitizer's memcheck over the conformance cases), video (with --video CLIP, of 1920x1080 and with a face: NVDEC, swap, x264 veryfast on the
processor, and the same without an encoder).
"""
import argparse, datetime, json, os, platform, re, shutil, subprocess, sys, time

STEPS = ("doctor", "selftest", "bench", "torch", "sanitizer", "video")
PRECISIONS = ("fp32", "tf32", "bf16")
NOT_MEASURED = "not yet measured"
BATCH = 64


class Proof:
    def __init__(self, options):
        self.options = options
        self.root = os.path.abspath(options.root)
        self.state_folder = os.path.join(self.root, "state")
        self.out = os.path.abspath(options.out or os.path.join(self.root, "report"))
        self.cuda = options.device.startswith("cuda")
        self.end = time.monotonic() + options.budget
        os.makedirs(self.state_folder, exist_ok=True)
        os.makedirs(self.out, exist_ok=True)
        self.state_file = os.path.join(self.state_folder, f"results-{re.sub(r'[^a-z0-9]', '-', options.device)}.json")
        self.results = {}
        if os.path.exists(self.state_file):
            with open(self.state_file) as file:
                self.results = json.load(file)

    def left(self):
        return self.end - time.monotonic()

    def note(self, key, value):
        self.results[key] = value
        temporary = self.state_file + ".tmp"
        with open(temporary, "w") as file:
            json.dump(self.results, file, indent=1)
        os.replace(temporary, self.state_file)

    def run(self, name, command, limit, environment=None):
        """Runs a command to its end or limit; gives exit code (None: stopped at the limit) and standard output. The log goes to --out."""
        limit = min(limit, self.left())
        if limit < 5:
            print(f"proof: {name}: no time left", flush=True)
            return None, ""
        print(f"proof: {name}: {' '.join(os.path.basename(c) if i == 0 else c for i, c in enumerate(command))}", flush=True)
        started = time.monotonic()
        log = os.path.join(self.out, name + ".log")
        with open(log, "wb") as errors:
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, env={**os.environ, **(environment or {})})
            try:
                output, _ = process.communicate(timeout=limit)
                code = process.returncode
            except subprocess.TimeoutExpired:
                process.kill()
                output, _ = process.communicate()
                code = None
        with open(log, "ab") as file:
            file.write(output)
        print(f"proof: {name}: {'stopped at its limit' if code is None else f'exit code {code}'} after {time.monotonic() - started:.0f} s", flush=True)
        return code, output.decode(errors="replace")

    def faceswap(self, *arguments):
        return [self.options.faceswap, *arguments]

    # The steps

    def doctor(self):
        code, output = self.run("doctor", self.faceswap("doctor"), 60)
        self.note("doctor", {"code": code, "output": output})
        if shutil.which("nvidia-smi"):
            _, smi = self.run("nvidia-smi", ["nvidia-smi", "--query-gpu=name,driver_version,memory.total", "--format=csv,noheader"], 30)
            self.note("nvidia-smi", smi.strip())

    def selftest(self):
        for precision in PRECISIONS if self.cuda else ("fp32",):
            name = f"selftest-{precision}"
            # The cases are those of every precision that the device has; this chooses the golden values' one. Cases of repetition to the bit apply
            # with --deterministic only: the run in fp32 has it.
            code, output = self.run(name, self.faceswap("selftest", "--device", self.options.device, "--precision", precision,
                                                        "--golden", os.path.join(self.root, "golden"), *(["--deterministic"] if precision == "fp32" else [])), 420)
            summary = re.findall(r"^(\d+) passed, (\d+) failed", output, re.M)
            failures = [line for line in output.splitlines() if line.startswith("FAILED")]
            self.note(name, {"code": code, "passed": int(summary[-1][0]) if summary else None, "failed": int(summary[-1][1]) if summary else None,
                             "failures": failures[:200], "tail": output[-600:] if not summary else ""})

    def bench_one(self, key, *arguments, seconds=None):
        code, output = self.run(key, self.faceswap("bench", "--device", self.options.device, *arguments, "--seconds", str(seconds or self.options.seconds), "--json", "-"), 240)
        try:
            self.note(key, json.loads(output) if code == 0 else {"failed": code})
        except json.JSONDecodeError:
            self.note(key, {"failed": "unreadable"})

    def bench(self):
        batch = str(self.options.batch)
        for precision in ("tf32", "bf16", "fp32") if self.cuda else ("fp32", "bf16"):
            self.bench_one(f"train-{precision}", "--only", "train", "--trainer", "Original", "--batch-size", batch, "--precision", precision)
        for precision in ("bf16", "tf32") if self.cuda else ("bf16", "fp32"):
            self.bench_one(f"inference-{precision}", "--only", "inference", "--trainer", "Original", "--batch-size", batch, "--precision", precision)
        self.bench_one("train-loop", "--only", "train-loop", "--trainer", "Original", "--batch-size", batch, "--precision", "tf32" if self.cuda else "fp32")
        if self.cuda:
            self.bench_one("kernels", "--only", "kernels", "--trainer", "Original", "--batch-size", batch)

    def torch(self):
        if subprocess.run([sys.executable, "-c", "import torch"], capture_output=True).returncode != 0:
            self.note("torch", "PyTorch is not there")
            print("proof: torch: PyTorch is not there for this python3", flush=True)
            return
        reference = os.path.join(self.root, "reference_torch.py")
        for precision in ("tf32", "bf16") if self.cuda else ("fp32",):
            where = ["--channels-last", "--graph"] if self.cuda else ["--cpu"]
            code, output = self.run(f"torch-{precision}", [sys.executable, reference, "bench", "--model", "original", "--batch", str(self.options.batch),
                                                           "--precision", precision, "--seconds", str(self.options.seconds), *where], 240)
            try:
                self.note(f"torch-{precision}", json.loads(output.strip().splitlines()[-1]) if code == 0 else {"failed": code})
            except (json.JSONDecodeError, IndexError):
                self.note(f"torch-{precision}", {"failed": "unreadable"})

    def sanitizer(self):
        tool = shutil.which("compute-sanitizer") or next((p for p in ("/usr/local/cuda/bin/compute-sanitizer",) if os.path.exists(p)), None)
        if not self.cuda or tool is None:
            self.note("sanitizer", "no GPU device" if not self.cuda else "compute-sanitizer is not there")
            print(f"proof: sanitizer: {self.results['sanitizer']}", flush=True)
            return
        code, output = self.run("sanitizer", [tool, "--tool", "memcheck", "--leak-check", "full", "--error-exitcode", "99", "--target-processes", "all",
                                              *self.faceswap("selftest", "--device", self.options.device)], 540)
        errors = re.findall(r"ERROR SUMMARY: (\d+) error", output)
        summary = re.findall(r"^(\d+) passed, (\d+) failed", output, re.M)
        self.note("sanitizer", {"code": code, "errors": int(errors[-1]) if errors else None,
                                "passed": int(summary[-1][0]) if summary else None, "failed": int(summary[-1][1]) if summary else None})

    def video(self):
        if not self.options.video:
            self.note("video", "no clip was given (--video)")
            print(f"proof: video: {self.results['video']}", flush=True)
            return
        code, output = self.run("video", self.faceswap("bench", "--device", self.options.device, "--only", "convert", "--input", self.options.video,
                                                       "--trainer", "Original", "--precision", "bf16", "--json", "-"), 540)
        try:
            self.note("video", json.loads(output) if code == 0 else {"failed": code})
        except json.JSONDecodeError:
            self.note("video", {"failed": "unreadable"})

    # The report

    def value(self, key, field):
        entry = self.results.get(key)
        return entry.get(field) if isinstance(entry, dict) else None

    def rows(self):
        matrix = {p: self.value("kernels", f"matrix_{p}_tflops") for p in PRECISIONS}
        for precision, target in (("tf32", 1.3), ("bf16", 1.5)) if self.cuda else (("fp32", None),):
            ours, theirs = self.value(f"train-{precision}", "train_iterations_per_s"), self.value(f"torch-{precision}", "train_iterations_per_s")
            yield self.ratio(f"training Original, batch {self.options.batch}, {precision}", ours, theirs, "iterations/s", target)
            rate = self.value(f"train-{precision}", "train_gflops")
            if self.cuda:
                yield (f"its arithmetic ({precision})", number(rate and rate / 1e3, "TFLOP/s"), number(matrix[precision], "TFLOP/s measured"),
                       percent(rate and matrix[precision] and rate / 1e3 / matrix[precision]), "")
        loop = self.value("train-loop", "loop_fraction")
        yield ("training from JPEG faces on disk, whole loop", number(self.value("train-loop", "loop_iterations_per_s"), "iterations/s"),
               number(self.value("train-loop", "step_iterations_per_s"), "iterations/s, the step alone"), times(loop), "≥ 0.98×")
        precision = "bf16" if self.cuda else "fp32"
        yield self.ratio(f"inference, batch {self.options.batch}, {precision}", self.value(f"inference-{precision}", "inference_faces_per_s"),
                         self.value(f"torch-{precision}", "inference_faces_per_s"), "faces/s", 1.3 if self.cuda else None)
        if self.cuda:
            copy = self.value("kernels", "copy_gb_per_s")
            yield ("device copy, bytes read and written", number(copy, "GB/s"), "", "", "")
            yield ("fused masked blend, 1080p frame, 512-pixel face", number(self.value("kernels", "blend_us"), "µs"),
                   number(self.value("kernels", "blend_floor_us"), "µs, its bytes at the copy's rate"), times(self.value("kernels", "blend_over_floor")), "≤ 2×")
            yield ("Adam over the slab", number(self.value("kernels", "adam_us"), "µs"), number(self.value("kernels", "adam_floor_us"), "µs, 28 bytes a parameter"),
                   times(self.value("kernels", "adam_over_floor")), "≤ 1.2×")

        if self.cuda:
            for name, what in (("veryfast", "NVDEC → swap → x264 veryfast on the processor"), ("no_encoder", "the same without an encoder")):
                ratio = self.value("video", f"{name}_whole_over_slowest")
                where = self.value("video", f"{name}_decoded_on_device")
                yield (what + (" (decoded on the processor!)" if where == 0 else ""), number(self.value("video", f"{name}_frames_per_s"), "frames/s"),
                       number(self.value("video", f"{name}_slowest_stage_frames_per_s"), "frames/s, its slowest stage alone"), times(ratio), "≥ 0.9×")

    def ratio(self, what, ours, theirs, unit, target):
        return what, number(ours, unit), number(theirs, unit), times(ours and theirs and ours / theirs), f"≥ {target}×" if target else ""

    def report(self):
        lines = [f"# GPU proof, {datetime.date.today().isoformat()}, {self.device_name()}", ""]
        if self.results.get("nvidia-smi"):
            lines.append(f"- nvidia-smi: {self.results['nvidia-smi']}")
        torch = next((self.results[k]["reference"] for k in ("torch-tf32", "torch-bf16", "torch-fp32") if self.value(k, "reference")), None)
        lines.append(f"- reference: {torch + (', channels-last, one CUDA graph' if self.cuda else '') if torch else self.results.get('torch', NOT_MEASURED)}")
        for precision in PRECISIONS:
            test = self.results.get(f"selftest-{precision}")
            if test:
                what = f"{test['passed']} passed, {test['failed']} failed" if test["passed"] is not None else "did not finish"
                lines.append(f"- selftest --device {self.options.device} --precision {precision} --golden: {what} (exit code {test['code']})")
        sanitizer = self.results.get("sanitizer")
        if isinstance(sanitizer, dict):
            lines.append(f"- compute-sanitizer memcheck over the conformance cases: {sanitizer['errors']} errors, {sanitizer['passed']} passed, {sanitizer['failed']} failed"
                         + ("" if sanitizer["code"] is not None else " (stopped at its limit)"))
        elif sanitizer:
            lines.append(f"- compute-sanitizer: {sanitizer}")
        lines += ["", "| what | here | against | ratio | wanted |", "| --- | --- | --- | --- | --- |"]
        lines += [f"| {' | '.join(row)} |" for row in self.rows()]
        lines += ["", "Medians, one after the other in one run on one machine; on a GPU by CUDA events."]
        failures = [f for p in PRECISIONS for f in (self.value(f"selftest-{p}", "failures") or [])]
        if failures:
            lines += ["", "## Failed checks", "", *(f"    {f}" for f in failures)]
        if self.value("doctor", "output"):
            lines += ["", "## faceswap doctor", "", *(f"    {line}".rstrip() for line in self.value("doctor", "output").splitlines())]
        text = "\n".join(lines) + "\n"
        with open(os.path.join(self.out, "report.md"), "w") as file:
            file.write(text)
        with open(os.path.join(self.out, "results.json"), "w") as file:
            json.dump(self.results, file, indent=1)
        print(text)

    def device_name(self):
        return next((str(self.value(key, "processor")) for key in self.results if self.value(key, "processor")), self.options.device)


def number(value, unit):
    if value is None:
        return NOT_MEASURED
    return f"{value:.0f} {unit}" if value >= 100 else f"{value:.1f} {unit}" if value >= 10 else f"{value:.2f} {unit}"


def times(value):
    return "" if value is None else f"{value:.2f}×"


def percent(value):
    return "" if value is None else f"{100 * value:.1f} %"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--faceswap", required=True)
    parser.add_argument("--root", required=True)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--steps", default=",".join(STEPS))
    parser.add_argument("--out")
    parser.add_argument("--video", help="a clip for the step video")
    parser.add_argument("--batch", type=int, default=BATCH)
    parser.add_argument("--seconds", type=float, default=5, help="time for each measurement")
    parser.add_argument("--budget", type=float, default=3600, help="seconds for this call; what does not fit is left for the next one")
    options = parser.parse_args()
    steps = options.steps.split(",")
    unknown = [s for s in steps if s not in STEPS]
    if unknown:
        parser.error(f"'{unknown[0]}' is no step; there are {', '.join(STEPS)}")
    proof = Proof(options)
    for step in steps:
        getattr(proof, step)()
    proof.report()
    bad = [k for k, v in proof.results.items() if isinstance(v, dict) and (v.get("failed") or (k.startswith("selftest") and v.get("code") != 0))]
    if bad:
        print("proof: not everything is in order: " + ", ".join(sorted(bad)), file=sys.stderr)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
