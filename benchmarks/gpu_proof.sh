#!/bin/bash
# Runs the GPU proof on a bare machine: unpacks the parts that lie beside this script, and passes its arguments on to gpu_proof.py.
# Needs python3 and nothing of .NET or of the distribution's packages. `run.sh --help` lists the options.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=${FACESWAP_PROOF_FOLDER:-$here/unpacked}
mkdir -p "$work"
python3 - "$here" "$work" <<'PY'
import glob, hashlib, os, sys, tarfile
here, work = sys.argv[1:]
sums = dict(reversed(line.split()) for line in open(os.path.join(here, "SHA256SUMS")))
for name in sorted(sums):
    path, done = os.path.join(here, name), os.path.join(work, "." + name + ".done")
    if os.path.exists(done) and open(done).read() == sums[name]:
        continue
    if not os.path.exists(path):
        sys.exit(f"run.sh: the part {name} is neither here nor unpacked; copy it beside this script")
    if hashlib.sha256(open(path, "rb").read()).hexdigest() != sums[name]:
        sys.exit(f"run.sh: the part {name} is damaged (its checksum differs); copy it again")
    with tarfile.open(path) as archive:
        archive.extractall(work)
    with open(done, "w") as file:
        file.write(sums[name])
    print(f"run.sh: unpacked {name}", flush=True)
PY
if [ "${1:-}" = "--unpack-only" ]; then exit 0; fi
# The runtime libraries of the compiler come from here only where the system has none: a GPU library may need the system's newer one.
libraries=$work/lib
listed=$(ldconfig -p 2>/dev/null || true)
for name in libstdc++.so.6 libgcc_s.so.1 libgomp.so.1; do
    case $listed in *"$name"*) ;; *) cp -n "$work/lib-base/$name" "$libraries/" 2>/dev/null || true ;; esac
done
cat > "$work/faceswap" <<SH
#!/bin/sh
LD_LIBRARY_PATH="$libraries:\${LD_LIBRARY_PATH:-}" exec "$work/app/faceswap" "\$@"
SH
chmod +x "$work/faceswap"
exec python3 "$work/gpu_proof.py" --faceswap "$work/faceswap" --root "$work" "$@"
