using System.Globalization;
using System.Text.Json;
using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;

namespace FaceSwap.Vision;

/// <summary>
/// Checks the classic algorithms against golden values that other implementations produced (<c>vision.json</c> and the images beside it):
/// matrices to 1e-6, images to a mean absolute difference of 0.25 of 255 with 99.5 % of the samples within 2.
/// </summary>
public static class VisionGolden
{
    /// <summary>A way to convert one face of a frame: crop, predict, blend.</summary>
    /// <param name="writable">Changed in place.</param>
    /// <param name="landmarks">68 points.</param>
    /// <param name="options">Mask, size, colors.</param>
    /// <param name="predict">Stands in for the network: turns the crop (side · side · 3 numbers, B, G, R in 0..1) into the new face.</param>
    public delegate void MaskedConversion(Frame writable, Point2[] landmarks, MaskedOptions options, Action<Span<float>> predict);

    private const double MatrixBound = 1e-6;

    // A crop may differ by one level in a sample of a hundred (see GoldenImage); the measure of a blurred face, some levels in variance, then moves this much.
    private const double FocusBound = 0.01;

    /// <summary>One or two lines for every value of the file but the augmentation's.</summary>
    /// <param name="visionJsonPath">The file; its images are in the same folder.</param>
    /// <exception cref="UserErrorException">The file cannot be read or is not of the expected form.</exception>
    public static IEnumerable<CheckResult> Check(string visionJsonPath) => Check(visionJsonPath, static check => check.Run());

    /// <summary>The Masked conversions alone, done in another way; those that need what only the processor's code has are left out.</summary>
    /// <param name="visionJsonPath">The file; its images are in the same folder.</param>
    /// <param name="conversion">What is checked.</param>
    /// <exception cref="UserErrorException">The file cannot be read or is not of the expected form.</exception>
    public static IEnumerable<CheckResult> CheckMasked(string visionJsonPath, MaskedConversion conversion) =>
        Check(visionJsonPath, check => check.Masked(conversion));

    private static List<CheckResult> Check(string visionJsonPath, Func<FrameCheck, IEnumerable<CheckResult>> run)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(visionJsonPath))!;
        List<CheckResult> results = [];
        try
        {
            using JsonDocument golden = JsonDocument.Parse(File.ReadAllText(visionJsonPath));
            foreach (JsonElement frame in golden.RootElement.GetProperty("frames").EnumerateArray())
                results.AddRange(run(new FrameCheck(folder, frame)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new UserErrorException($"The golden file '{visionJsonPath}' cannot be used: {e.Message.ReplaceLineEndings(" ")}", e);
        }
        return results;
    }

    private sealed class FrameCheck(string folder, JsonElement golden)
    {
        private readonly string stem = Path.GetFileNameWithoutExtension(golden.GetProperty("file").GetString()!);
        private readonly Point2[] landmarks = [.. golden.GetProperty("landmarks").EnumerateArray().Select(Point)];

        public IEnumerable<CheckResult> Run()
        {
            string path = Path.Combine(folder, stem + ".png");
            if (!File.Exists(path))
                return [CheckResult.Failed(stem, $"the file {path} is missing")];
            using PooledFrame frame = GoldenImage.Read(path);
            return
            [
                .. Detection(frame),
                Matrix("align_matrix", FaceAlignment.Align(landmarks)),
                Matrix("align_matrix_eyes", FaceAlignment.AlignEyes(landmarks)),
                AlignedLandmarks(),
                .. Image("extract", () => FaceCrop.Extract(frame, FaceAlignment.ForExtraction(landmarks), FaceAlignment.ExtractSide)),
                .. Image("extract_eyes", () => FaceCrop.Extract(frame, FaceAlignment.ForExtraction(landmarks, true), FaceAlignment.ExtractSide)),
                .. Focus(frame),
                .. golden.GetProperty("rotate").EnumerateObject().SelectMany(r => Rotation(frame, r)),
                Matrix("converter_matrix_64", FaceAlignment.IntoSquare(FaceAlignment.Align(landmarks), 64, 0)),
                .. Image("newface64", () => NewFace(frame)),
                .. Image("mask_default_x255", () => DefaultMask(frame)),
                .. golden.GetProperty("cases").EnumerateArray().SelectMany(c => Case(frame, c, Convert)),
            ];
        }

        public IEnumerable<CheckResult> Masked(MaskedConversion conversion)
        {
            string path = Path.Combine(folder, stem + ".png");
            if (!File.Exists(path))
                return [CheckResult.Failed(stem, $"the file {path} is missing")];
            using PooledFrame frame = GoldenImage.Read(path);
            return [.. golden.GetProperty("cases").EnumerateArray()
                .Where(c => c.GetProperty("converter").GetString() == "Masked" && Masked(c).SuitsCompositor).SelectMany(c => Case(frame, c, conversion))];
        }

        private IEnumerable<CheckResult> Detection(Frame frame)
        {
            using PooledFrame gray = Luma.FromBgr(frame);
            using FaceDetector detector = new();
            FaceDetection[] found = detector.Detect(gray.Plane(0));
            RectI box = Box();
            double score = golden.GetProperty("hog_confidence").GetDouble();
            if (found.Length == 0)
            {
                yield return CheckResult.Failed($"{stem} rect", "no face was found");
                yield break;
            }
            RectI first = found[0].Rect;
            double apart = Math.Max(Math.Max(Math.Abs(first.X - box.X), Math.Abs(first.Y - box.Y)),
                Math.Max(Math.Abs(first.Width - box.Width), Math.Abs(first.Height - box.Height)));
            yield return CheckResult.Of($"{stem} rect", apart, 0);
            yield return CheckResult.Of($"{stem} hog_confidence", Math.Abs(found[0].Confidence - score), 1e-3);
            if (LandmarkModel.Find() is null)
            {
                yield return CheckResult.NotMade($"{stem} landmarks", $"the landmark model {LandmarkModel.FileName} is not on this machine");
                yield break;
            }
            using LandmarkModel model = LandmarkModel.Load();
            Point2[] placed = new Point2[LandmarkModel.PointCount];
            model.Predict(gray.Plane(0), box, placed);
            double far = placed.Zip(landmarks).Count(p => Math.Abs(p.First.X - p.Second.X) > 1 || Math.Abs(p.First.Y - p.Second.Y) > 1);
            yield return CheckResult.Of($"{stem} landmarks part off by more than 1 pixel", far / placed.Length, 0.01);
        }

        private CheckResult Matrix(string name, Affine got)
        {
            JsonElement rows = golden.GetProperty(name);
            double[] expected = [.. rows.EnumerateArray().SelectMany(r => r.EnumerateArray()).Select(v => v.GetDouble())];
            double[] actual = [got.A, got.B, got.C, got.D, got.E, got.F];
            return CheckResult.Of($"{stem} {name}", expected.Zip(actual).Max(p => Math.Abs(p.First - p.Second)), MatrixBound);
        }

        private CheckResult AlignedLandmarks()
        {
            Affine map = FaceAlignment.ForExtraction(landmarks);
            double error = golden.GetProperty("aligned_landmarks_256_pad48").EnumerateArray().Select(Point).Zip(landmarks)
                .Max(p => Math.Max(Math.Abs(p.First.X - map.Apply(p.Second).X), Math.Abs(p.First.Y - map.Apply(p.Second).Y)));
            // A matrix within 1e-6 in unit coordinates, times 160 pixels and coordinates up to 400.
            return CheckResult.Of($"{stem} aligned_landmarks_256_pad48", error, MatrixBound * 160 * 400);
        }

        private IEnumerable<CheckResult> Focus(Frame frame)
        {
            Affine map = FaceAlignment.ForExtraction(landmarks);
            using PooledFrame crop = FaceCrop.Extract(frame, map, FaceAlignment.ExtractSide);
            double expected = golden.GetProperty("focus_measure").GetDouble();
            double relative = Math.Abs(FocusMeasure.Of(crop, landmarks, map) - expected) / expected;
            return
            [
                CheckResult.Of($"{stem} focus_measure", relative, FocusBound),
                .. Image("isolated", () => FocusMeasure.Isolate(crop, landmarks, map)),
            ];
        }

        private IEnumerable<CheckResult> Rotation(Frame frame, JsonProperty expected)
        {
            FrameRotation rotation = new(frame.Width, frame.Height, double.Parse(expected.Name, CultureInfo.InvariantCulture));
            double apart = Math.Max(Math.Abs(rotation.Width - expected.Value[0].GetInt32()), Math.Abs(rotation.Height - expected.Value[1].GetInt32()));
            return
            [
                CheckResult.Of($"{stem} rotate {expected.Name} size", apart, 0),
                .. Image($"rot{expected.Name}", () => rotation.Turn(frame)),
                .. Image($"rot{expected.Name}_back", () =>
                {
                    using PooledFrame turned = rotation.Turn(frame);
                    return rotation.TurnBack(turned);
                }),
            ];
        }

        private IEnumerable<CheckResult> Image(string name, Func<Frame> make) =>
            GoldenImage.Compare($"{stem} {name}", Path.Combine(folder, $"{stem}_{name}.png"), make);

        private PooledFrame NewFace(Frame frame)
        {
            MaskedConverter converter = new(new MaskedOptions());
            float[] face = new float[converter.FaceLength];
            converter.Crop(frame, landmarks, face);
            GoldenPredictor.Named("tint")(face);
            PooledFrame result = FramePool.Shared.Rent(64, 64, PixelFormat.Bgr24);
            for (int y = 0; y < 64; y++)
            {
                Span<byte> row = result.Plane(0).RowSpan(y);
                for (int x = 0; x < row.Length; x++)
                    row[x] = (byte)(Math.Clamp(face[(y * 64 * 3) + x], 0, 1) * 255f);
            }
            return result;
        }

        private PooledFrame DefaultMask(Frame frame)
        {
            MaskedConverter converter = new(new MaskedOptions());
            FaceMask mask = converter.BuildMask(converter.Map(landmarks), landmarks, frame.Width, frame.Height);
            PooledFrame result = FramePool.Shared.Rent(frame.Width, frame.Height, PixelFormat.Bgr24);
            for (int y = 0; y < frame.Height; y++)
            {
                Span<byte> row = result.Plane(0).RowSpan(y);
                row.Clear();
                if (y < mask.Bounds.Y || y >= mask.Bounds.Bottom)
                    continue;
                Span<float> weights = mask.Row(y);
                for (int x = 0; x < 3 * weights.Length; x++)
                    row[(3 * mask.Bounds.X) + x] = (byte)(weights[x / 3] * 255);
            }
            return result;
        }

        private IEnumerable<CheckResult> Case(Frame frame, JsonElement item, MaskedConversion conversion)
        {
            string file = item.GetProperty("file").GetString()!;
            Action<Span<float>> predict = GoldenPredictor.Named(item.GetProperty("predictor").GetString()!);
            return GoldenImage.Compare(file, Path.Combine(folder, file), () =>
            {
                PooledFrame result = GoldenImage.Copy(frame);
                if (item.GetProperty("converter").GetString() == "Adjust")
                    Adjust(result, item, predict);
                else
                    conversion(result, landmarks, Masked(item), predict);
                return result;
            });
        }

        private static MaskedOptions Masked(JsonElement item)
        {
            JsonElement erosion = item.GetProperty("erosion_kernel_size");
            return new MaskedOptions
            {
                Mask = MaskedOptions.ParseMask(item.GetProperty("mask_type").GetString()!),
                BlurSize = item.GetProperty("blur_size").GetInt32(),
                ErosionSize = erosion.ValueKind == JsonValueKind.Number ? erosion.GetInt32() : 0,
                Side = item.GetProperty("size").GetInt32(),
                MatchHistogram = item.GetProperty("match_histogram").GetBoolean(),
                Sharpen = ConverterWords.ParseSharpening(item.GetProperty("sharpen").GetString()!),
                SeamlessClone = item.GetProperty("seamless_clone").GetBoolean(),
            };
        }

        private void Adjust(Frame writable, JsonElement item, Action<Span<float>> predict)
        {
            AdjustConverter converter = new(new AdjustOptions
            {
                Side = item.GetProperty("size").GetInt32(),
                SmoothMask = item.GetProperty("smooth_mask").GetBoolean(),
                AverageColor = item.GetProperty("avg_color_adjust").GetBoolean(),
            });
            float[] face = new float[converter.FaceLength];
            converter.Crop(writable, landmarks, Box(), face);
            predict(face);
            converter.Paste(writable, landmarks, Box(), face);
        }

        private RectI Box()
        {
            JsonElement rect = golden.GetProperty("rect");
            return new RectI(rect[0].GetInt32(), rect[1].GetInt32(), rect[2].GetInt32(), rect[3].GetInt32());
        }

        private static void Convert(Frame writable, Point2[] landmarks, MaskedOptions options, Action<Span<float>> predict)
        {
            MaskedConverter converter = new(options);
            float[] face = new float[converter.FaceLength];
            converter.Crop(writable, landmarks, face);
            predict(face);
            converter.Paste(writable, landmarks, face);
        }

        private static Point2 Point(JsonElement p) => new(p[0].GetDouble(), p[1].GetDouble());
    }
}
