// The entry of the build: `dotnet run eng/Build.cs -- TARGET`. The logic is in FaceSwap.Build, next to this file.
#:project FaceSwap.Build/FaceSwap.Build.csproj
#:property PublishAot=false

return FaceSwap.Build.BuildProgram.Run(args, AppContext.GetData("EntryPointFilePath") as string);
