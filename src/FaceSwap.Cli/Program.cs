return FaceSwap.Cli.CommandLine.Run(args);
