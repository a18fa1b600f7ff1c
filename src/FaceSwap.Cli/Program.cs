Console.WriteLine("faceswap");
