#!/bin/sh
# Forwards to the build program: ./build.sh TARGET [OPTIONS]; without a target it lists them.
cd "$(dirname "$0")" || exit 1
if ! command -v dotnet >/dev/null 2>&1 || ! dotnet --list-sdks | grep -q '^10\.'; then
    echo "build.sh: the .NET 10 SDK is needed and 'dotnet --list-sdks' shows none; install it from https://dotnet.microsoft.com/download/dotnet/10.0" >&2
    exit 2
fi
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_GENERATE_ASPNET_CERTIFICATE=false
exec dotnet run --configuration Release eng/Build.cs -- "$@"
