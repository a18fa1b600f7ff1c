#!/bin/sh
# Starts the command. Below these limits the runtime aborts before it can say what it lacks, or in the middle of the work.
refuse() {
    echo "faceswap: $1" >&2
    exit 2
}
below() {
    [ "$1" != unlimited ] && [ "$1" -lt "$2" ]
}

files=$(ulimit -Hn)
below "$files" 256 && refuse "only $files files may be open at once (ulimit -n), and faceswap needs 256; raise the limit with 'ulimit -n 1024'"
memory=$(ulimit -v)
below "$memory" 8388608 && refuse "only $memory KiB of addresses may be used (ulimit -v), and faceswap needs 8388608; lift the limit with 'ulimit -v unlimited'"
# In units of 512 bytes. The runtime keeps its code in a file of memory; beyond the limit a write fails instead of ending the process.
size=$(ulimit -f)
below "$size" 65536 && refuse "files may have only $size blocks of 512 bytes (ulimit -f), and faceswap needs 65536; lift the limit with 'ulimit -f unlimited'"
trap '' XFSZ
# dash calls processes and threads -p, bash -u; they are not counted for root.
threads=$(ulimit -p 2>/dev/null)
[ -z "${BASH_VERSION:-}" ] || threads=$(ulimit -u)
below "${threads:-unlimited}" 64 && [ "$(id -u)" != 0 ] &&
    refuse "only $threads processes and threads may run at once (ulimit -u), and faceswap needs 64; raise the limit with 'ulimit -u 4096'"

# The runtime is looked for where packages put it, or where a variable says. An SDK that was only unpacked is known from the path alone.
if [ -z "${DOTNET_ROOT:-}${DOTNET_ROOT_X64:-}" ] && [ ! -d /usr/share/dotnet/host ] && [ ! -d /usr/lib/dotnet/host ] &&
    [ ! -e /etc/dotnet/install_location ] && [ ! -e /etc/dotnet/install_location_x64 ]; then
    dotnet=$(command -v dotnet) ||
        refuse "the .NET 10 runtime is needed, and there is no 'dotnet' on the path; install it from https://dotnet.microsoft.com/download/dotnet/10.0"
    DOTNET_ROOT=$(dirname "$(readlink -f "$dotnet")")
    export DOTNET_ROOT
fi

self=$0
[ -h "$self" ] && self=$(readlink -f "$self")
case $self in
*/*) folder=${self%/*} ;;
*) folder=. ;;
esac
exec "$folder/bin/faceswap" "$@"
