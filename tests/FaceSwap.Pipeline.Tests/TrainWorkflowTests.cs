using FaceSwap.Compute;
using FaceSwap.Compute.Cpu;
using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Media;
using FaceSwap.Models;
using FaceSwap.Models.Tests;
using FaceSwap.Pipeline.Train;
using FaceSwap.TestKit;

namespace FaceSwap.Pipeline.Tests;

[Collection("engine")]
public sealed class TrainWorkflowTests : IDisposable
{
    private readonly TempFolder folder = new("train");
    private readonly CpuBackend backend = new();
    private readonly List<string> warnings = [];
    private readonly List<WorkProgress> reports = [];

    public TrainWorkflowTests()
    {
        Assert.Equal("Tiny", TinyModel.Definition.Name);
        TrainFaces.Write(folder["A"], 4, 256, 1);
        TrainFaces.Write(folder["B"], 3, 256, 2);
    }

    private TrainOptions Options => new()
    {
        InputA = folder["A"],
        InputB = folder["B"],
        ModelDirectory = folder["model"],
        Trainer = TinyModel.Name,
        BatchSize = 2,
        Iterations = 6,
        SaveInterval = 2,
    };

    public void Dispose()
    {
        backend.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void Exchanged_sides_are_told_and_the_checkpoint_remembers_the_first()
    {
        TrainFaces.Write(folder["A"], 2, 256, 7, "more");
        Run(Options with { Iterations = 1 });
        TrainFaces.Write(folder["A"], 2, 256, 8, "later");
        Run(Options with { Iterations = 2 });
        Assert.Empty(warnings);
        TrainOptions exchanged = Options with { InputA = folder["B"], InputB = folder["A"] };
        Run(exchanged with { Iterations = 3 });
        Assert.Contains("exchanged", Assert.Single(warnings));
        Run(Options with { Iterations = 4 });
        Assert.Single(warnings);
        Run(exchanged with { Iterations = 5 });
        Assert.Equal(2, warnings.Count);
    }

    [Fact]
    public void One_folder_for_both_sides_is_told_also_through_a_link()
    {
        Directory.CreateSymbolicLink(folder["link"], folder["A"]);
        Run(Options with { InputB = folder["link"], Iterations = 1 });
        Assert.Contains("same faces are on both sides", Assert.Single(warnings));
    }

    [Fact]
    public void A_state_without_faces_is_read()
    {
        Run(Options with { Iterations = 1 });
        CheckpointState state = Checkpoint().State;
        Assert.Equal((4, 3), (state.Faces!.A.Length, state.Faces.B.Length));
        Assert.Null(CheckpointState.FromJson((state with { Faces = null }).ToJson()).Faces);
        string without = System.Text.Encoding.UTF8.GetString((state with { Faces = null }).ToJson()).Replace(",\"faces\":null", "");
        Assert.DoesNotContain("faces", without);
        Assert.Null(CheckpointState.FromJson(System.Text.Encoding.UTF8.GetBytes(without)).Faces);
    }

    private Checkpoint Checkpoint()
    {
        using CheckpointFolder read = CheckpointFolder.ForReading(folder["model"]);
        return read.Open();
    }

    [Fact]
    public void It_trains_saves_reports_and_goes_on_exactly()
    {
        using LeakCheck leaks = new();
        TrainSummary summary = Run(Options with { PreviewPath = folder["out", "preview.png"] });
        Assert.Equal((TinyModel.Name, 0L, 6L, TrainStop.Iterations), (summary.Model, summary.FirstIteration, summary.LastIteration, summary.Stop));
        using (PooledFrame preview = ImageFile.Read(folder["out", "preview.png"]))
            Assert.Equal((820, 556), (preview.Width, preview.Height));
        using (PooledFrame curve = ImageFile.Read(folder["model", "loss.png"]))
            Assert.Equal((960, 540), (curve.Width, curve.Height));
        Assert.Equal(7, File.ReadAllLines(folder["model", "loss.csv"]).Length);
        Assert.Contains(reports, r => r.Unit == "faces");
        Assert.Equal((6, 6, "iterations"), (reports[^1].Done, reports[^1].Total, reports[^1].Unit));
        Assert.Contains("loss A 0.", reports[^1].Detail);
        Assert.Empty(warnings);

        // Going on to 10 gives what 10 at once gives.
        Assert.Equal((6, 10), (Run(Options with { Iterations = 10, Trainer = null }).FirstIteration, Saved().State.Iteration));
        Checkpoint resumed = Saved();
        ModelWeights weights = resumed.ReadWeights(resumed.Model.Parts.Select(p => p.Name));
        Run(Options with { Iterations = 10, ModelDirectory = folder["other"] });
        using CheckpointFolder other = CheckpointFolder.ForReading(folder["other"]);
        ModelWeights atOnce = other.Open().ReadWeights(resumed.Model.Parts.Select(p => p.Name));
        Assert.All(resumed.Model.Tensors, t => Assert.Equal(atOnce[t], weights[t]));
    }

    [Fact]
    public void A_batch_of_auto_is_what_the_fewer_faces_give()
    {
        List<string> notes = [];
        TrainSummary summary = new TrainWorkflow(Options with { BatchSize = 0 }, backend, warnings.Add, notes.Add).Run();
        Assert.Equal(3, summary.BatchSize);
        Assert.Equal(3, Saved().State.BatchSize);
        Assert.StartsWith("batch size: 3 ", Assert.Single(notes));
        Assert.Empty(warnings);
    }

    [Fact]
    public void A_picture_that_cannot_be_written_is_told_of_once_and_training_goes_on()
    {
        string place = folder["pictures"];
        TrainOptions options = Options with { PreviewPath = Path.Combine(place, "preview.png"), LossCurvePath = Path.Combine(place, "loss.png") };
        // Where the pictures' folder was is a file from the first iteration on.
        TrainSummary summary = new TrainWorkflow(options, backend, warnings.Add).Run(new Reporter(r =>
        {
            if (r.Unit != "iterations" || File.Exists(place))
                return;
            Directory.Delete(place, recursive: true);
            File.WriteAllText(place, "in the way");
        }));
        Assert.Equal((TrainStop.Iterations, 6), (summary.Stop, Saved().State.Iteration));
        Assert.Equal(["loss.png", "preview.png"], warnings.Select(w => w.Contains("preview.png", StringComparison.Ordinal) ? "preview.png" : "loss.png").Order());
        Assert.All(warnings, w => Assert.Contains("the training goes on", w));
        Assert.Equal(7, File.ReadAllLines(folder["model", "loss.csv"]).Length);
    }

    [SkippableFact]
    public void A_disk_too_full_for_the_pictures_does_not_end_the_training()
    {
        using SmallDisk disk = SmallDisk.Mount(folder.Folder("full"), "size=64k");
        File.WriteAllBytes(disk["filler"], new byte[64 << 10]);
        Run(Options with { PreviewPath = disk["preview.png"], LossCurvePath = disk["loss.png"] });
        Assert.Equal(2, warnings.Count);
        Assert.All(warnings, w => Assert.Contains("No space left", w));
        Assert.Equal(6, Saved().State.Iteration);
        Assert.Single(Directory.GetFiles(disk.Path));
    }

    [SkippableFact]
    public void A_picture_on_a_read_only_disk_or_in_a_folders_place_is_refused_at_once()
    {
        folder.Folder("taken.png");
        Complains("is a folder", Options with { PreviewPath = folder["taken.png"] });
        using SmallDisk disk = SmallDisk.Mount(folder.Folder("fixed"), "ro");
        Complains("cannot be written", Options with { LossCurvePath = disk["loss.png"] });
        Assert.Empty(Directory.EnumerateDirectories(folder["model"]));
    }

    [Fact]
    public void Cancelling_saves()
    {
        using CancellationTokenSource source = new();
        TrainSummary summary = new TrainWorkflow(Options with { Iterations = 0, SaveInterval = 1000 }, backend)
            .Run(new Reporter(r =>
            {
                if (r.Unit == "iterations" && r.Done >= 2)
                    source.Cancel();
            }), source.Token);
        Assert.Equal(TrainStop.Cancelled, summary.Stop);
        Assert.InRange(summary.LastIteration, 2, 1000);
        Assert.Equal(summary.LastIteration, Saved().State.Iteration);
    }

    [Fact]
    public void Time_and_loss_are_limits_too()
    {
        Assert.Equal(TrainStop.Time, Run(Options with { Iterations = 0, TimeLimit = TimeSpan.FromMilliseconds(300) }).Stop);
        Assert.Equal(TrainStop.Iterations, Run(Options with { Iterations = 101, SaveInterval = 1000, BatchSize = 1 }).Stop);
        TrainSummary summary = Run(Options with { Iterations = 0, TargetLoss = 0.9, BatchSize = 1 });
        Assert.Equal((TrainStop.Loss, 101, 101), (summary.Stop, summary.FirstIteration, summary.LastIteration));
    }

    [Fact]
    public void Few_odd_and_broken_faces_are_warned_of()
    {
        TrainFaces.Write(folder["C"], 2, 100, 3);
        File.WriteAllText(folder["C", "0_broken.png"], "no image");
        TrainFaces.Write(folder["C"], 1, 1, 4, "dot");
        Run(Options with { InputA = folder["C"], BatchSize = 3 });
        Assert.Contains(warnings, w => w.Contains("2 of 4 images", StringComparison.Ordinal));
        Assert.Contains(warnings, w => w.Contains("2 of 2 faces", StringComparison.Ordinal) && w.Contains("resized", StringComparison.Ordinal));
        Assert.Contains(warnings, w => w.Contains("only 2 faces of A", StringComparison.Ordinal));
        Assert.Equal(3, warnings.Count);
    }

    [Fact]
    public void What_a_system_hides_beside_the_faces_is_none()
    {
        folder.Write("A/._face_0.png", "macOS keeps attributes here");
        Run(Options with { Iterations = 1 });
        Assert.Empty(warnings);
        Assert.Equal(7, reports.First(r => r.Unit == "faces").Total);
    }

    [Fact]
    public void Unusable_input_is_one_sentence_and_leaves_no_model()
    {
        Directory.CreateDirectory(folder["empty"]);
        TrainFaces.Write(folder["dots"], 2, 1, 5);
        Complains("does not exist", Options with { InputA = folder["missing"] });
        Complains("holds no images", Options with { InputB = folder["empty"] });
        Complains("only 1", Options with { InputB = folder["dots"] });
        Complains("There is no model 'Nonsense'", Options with { Trainer = "Nonsense" });
        Complains("image file", Options with { PreviewPath = folder["preview.txt"] });
        Complains("cannot be made", Options with { PreviewPath = folder["A", "face_0.png", "preview.png"] });
        Complains("--batch-size", Options with { BatchSize = -1 });
        Complains("fp32", Options with { Precision = Precision.Tf32 });
        Assert.Empty(Directory.Exists(folder["model"]) ? Directory.EnumerateDirectories(folder["model"]) : []);

        Run(Options with { Iterations = 1 });
        Complains("is Tiny, not Light", Options with { Trainer = "Light" });
        Assert.Equal(1, Saved().State.Iteration);
    }

    private void Complains(string part, TrainOptions options)
    {
        string message = Assert.Throws<UserErrorException>(() => Run(options)).Message;
        Assert.Contains(part, message);
        Assert.DoesNotContain('\n', message);
    }

    private TrainSummary Run(TrainOptions options) => new TrainWorkflow(options, backend, warnings.Add).Run(new Reporter(reports.Add));

    private Checkpoint Saved()
    {
        using CheckpointFolder reading = CheckpointFolder.ForReading(folder["model"]);
        return reading.Open();
    }

    private sealed class Reporter(Action<WorkProgress> report) : IProgress<WorkProgress>
    {
        private readonly Lock one = new();

        public void Report(WorkProgress value)
        {
            lock (one)
                report(value);
        }
    }
}
