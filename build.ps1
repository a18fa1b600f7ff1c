# Forwards to the build program: ./build.ps1 TARGET [OPTIONS]; without a target it lists them.
Set-Location $PSScriptRoot
if (-not (Get-Command dotnet -ErrorAction SilentlyContinue) -or -not ((dotnet --list-sdks) -match '^10\.')) {
    [Console]::Error.WriteLine("build.ps1: the .NET 10 SDK is needed and 'dotnet --list-sdks' shows none; install it from https://dotnet.microsoft.com/download/dotnet/10.0")
    exit 2
}
$env:DOTNET_NOLOGO = 1; $env:DOTNET_CLI_TELEMETRY_OPTOUT = 1; $env:DOTNET_GENERATE_ASPNET_CERTIFICATE = 'false'
dotnet run --configuration Release eng/Build.cs -- @args
exit $LASTEXITCODE
