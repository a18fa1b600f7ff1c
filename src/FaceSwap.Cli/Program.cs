return FaceSwap.Cli.Infrastructure.Startup.Refusal() ?? FaceSwap.Cli.CommandLine.Run(args);
