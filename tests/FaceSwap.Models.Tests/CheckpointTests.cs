using System.Diagnostics;
using FaceSwap.Compute;
using FaceSwap.Compute.Reference;
using FaceSwap.Core;
using FaceSwap.Core.Tensors;
using FaceSwap.TestKit;

namespace FaceSwap.Models.Tests;

[Collection("engine")]
public sealed class CheckpointTests : IDisposable
{
    private readonly TempFolder folder = new("checkpoint");
    private readonly ReferenceBackend backend = new(1);
    private readonly FaceSet a, b;
    private readonly TrainingSession session;
    private readonly List<string> warnings = [];

    public CheckpointTests()
    {
        a = TinyModel.Faces(backend, 2, 1);
        b = TinyModel.Faces(backend, 2, 2);
        session = new TrainingSession(backend, TinyModel.Definition, new TrainingSettings(1, Precision.Fp32, 1e-3f, 5), a, b);
    }

    public void Dispose()
    {
        session.Dispose();
        a.Dispose();
        b.Dispose();
        backend.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void Files_are_named_and_shaped_as_specified()
    {
        Save(1);
        string generation = Path.Combine(folder.Path, "generation-000000");
        Assert.Equal(["checksums.txt", "decoder_A.safetensors", "decoder_B.safetensors", "encoder.safetensors", "optimizer.safetensors", "state.json"],
            Directory.EnumerateFiles(generation).Select(f => Path.GetFileName(f)).Order());
        using SafeTensorsReader encoder = SafeTensorsReader.Open(Path.Combine(generation, "encoder.safetensors"));
        Assert.Equal(["conv2d_1/kernel", "conv2d_1/bias"], encoder.Header.Tensors.Take(2).Select(t => t.Name));
        Assert.Equal([5, 5, 3, 4], encoder.Header["conv2d_1/kernel"].Shape);
        using SafeTensorsReader decoder = SafeTensorsReader.Open(Path.Combine(generation, "decoder_B.safetensors"));
        Assert.Equal("Tiny", decoder.Header.Metadata["model"]);
        Assert.Equal("conv2d_10/kernel", decoder.Header.Tensors[0].Name);
        using SafeTensorsReader optimizer = SafeTensorsReader.Open(Path.Combine(generation, "optimizer.safetensors"));
        Assert.Equal([5, 5, 3, 4], optimizer.Header["B/conv2d_1/kernel/v"].Shape);
    }

    [Fact]
    public void Two_generations_are_kept()
    {
        using CheckpointFolder saving = CheckpointFolder.Reserve(folder.Path);
        for (int i = 0; i < 4; i++)
        {
            session.RunIteration();
            session.Save(saving);
        }
        Assert.Equal(["generation-000002", "generation-000003"], Generations());
        Assert.Equal(4, saving.Open().State.Iteration);
    }

    [Theory]
    [InlineData("encoder.safetensors")]
    [InlineData("optimizer.safetensors")]
    [InlineData("state.json")]
    [InlineData("checksums.txt")]
    public void A_damaged_generation_is_passed_over_with_a_warning_and_outlived_by_the_sound_one(string file)
    {
        Save(2);
        string path = Path.Combine(folder.Path, "generation-000001", file);
        byte[] bytes = File.ReadAllBytes(path);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(path, bytes);
        using (CheckpointFolder reading = CheckpointFolder.Reserve(folder.Path))
        {
            Assert.Equal(1, reading.Open(warn: warnings.Add).State.Iteration);
            Assert.Contains("generation-000001", Assert.Single(warnings));
            session.Save(reading);
        }
        Assert.Equal(["generation-000000", "generation-000002"], Generations());
    }

    [Fact]
    public void Every_missing_or_cut_file_is_noticed()
    {
        Save(2);
        foreach (string path in Directory.EnumerateFiles(Path.Combine(folder.Path, "generation-000001")).ToList())
        {
            byte[] whole = File.ReadAllBytes(path);
            foreach (int length in new[] { -1, 0, whole.Length / 2, whole.Length - 1 })
            {
                if (length < 0)
                    File.Delete(path);
                else
                    File.WriteAllBytes(path, whole.AsSpan(0, length));
                using CheckpointFolder reading = CheckpointFolder.ForReading(folder.Path);
                Assert.Equal(0, reading.Open(warn: warnings.Add).Generation);
            }
            File.WriteAllBytes(path, whole);
        }
        Assert.Equal(24, warnings.Count);
        Assert.Equal(1, CheckpointFolder.ForReading(folder.Path).Open().Generation);
    }

    [Fact]
    public void Nothing_sound_is_an_error_that_changes_nothing()
    {
        Save(2);
        foreach (string generation in Generations())
            File.WriteAllText(Path.Combine(folder.Path, generation, "encoder.safetensors"), "x");
        string[] before = [.. Directory.EnumerateFiles(folder.Path, "*", SearchOption.AllDirectories).Order()];
        using (CheckpointFolder reading = CheckpointFolder.Reserve(folder.Path))
            Assert.Contains("generation-000000", Assert.Throws<UserErrorException>(() => reading.Open()).Message);
        Assert.Equal(before, Directory.EnumerateFiles(folder.Path, "*", SearchOption.AllDirectories).Order());
    }

    [Fact]
    public void Inference_reads_and_verifies_only_what_it_needs()
    {
        Save(1);
        string generation = Path.Combine(folder.Path, "generation-000000");
        File.Delete(Path.Combine(generation, "optimizer.safetensors"));
        File.Delete(Path.Combine(generation, "decoder_A.safetensors"));
        using CheckpointFolder reading = CheckpointFolder.ForReading(folder.Path);
        Checkpoint checkpoint = reading.Open(side: Side.B);
        ModelWeights weights = checkpoint.ReadWeights(checkpoint.Model.Path(Side.B));
        foreach (TensorInfo tensor in checkpoint.Model.TensorsOf(Side.B))
        {
            float[] expected = new float[tensor.Count];
            session.Plan.Export(tensor, expected);
            Assert.Equal(expected, weights[tensor]);
        }
        Assert.Throws<UserErrorException>(() => reading.Open(side: Side.A));
    }

    [Fact]
    public void The_wrong_model_is_one_sentence()
    {
        Save(1);
        using CheckpointFolder reading = CheckpointFolder.ForReading(folder.Path);
        Assert.Contains("is Tiny, not Original", Assert.Throws<UserErrorException>(() => reading.Open("Original")).Message);
        Assert.Equal("Tiny", reading.Open("tiny").Model.Name);
    }

    [Fact]
    public void A_folder_without_a_model_is_one_sentence()
    {
        Assert.Contains("no model", Assert.Throws<UserErrorException>(() => CheckpointFolder.ForReading(folder.Path)).Message);
        Assert.Contains("does not exist", Assert.Throws<UserErrorException>(() => CheckpointFolder.ForReading(folder["missing"])).Message);
    }

    [Fact]
    public void A_folder_that_cannot_be_made_is_one_sentence()
    {
        folder.Write("file", "x");
        Assert.Contains("cannot be made", Assert.Throws<UserErrorException>(() => CheckpointFolder.Reserve(folder["file", "model"])).Message);
    }

    [Fact]
    public void Two_trainings_cannot_share_a_folder()
    {
        using CheckpointFolder first = CheckpointFolder.Reserve(folder.Path);
        Assert.Contains("Another process", Assert.Throws<UserErrorException>(() => CheckpointFolder.Reserve(folder.Path)).Message);
    }

    [Fact]
    public void An_interrupted_save_is_cleared_away_by_the_next()
    {
        Directory.CreateDirectory(folder[".saving-000000"]);
        File.WriteAllText(folder[".saving-000000", "encoder.safetensors"], "half");
        Save(1);
        Assert.Equal(["generation-000000"], Directory.EnumerateDirectories(folder.Path).Select(d => Path.GetFileName(d)));
    }

    [Fact]
    public void A_persons_files_among_the_generations_stay()
    {
        string precious = folder.Write("precious/encoder.safetensors", "precious"), other = folder.Write(".saving-photos/a.jpg", "precious");
        string within = folder.Write(".saving-000000/notes.txt", "precious");
        Directory.CreateSymbolicLink(folder[".saving-000002"], folder["precious"]);
        for (int i = 1; i < 5; i++)
            Save(i);
        Assert.All(new[] { precious, other, within }, f => Assert.Equal("precious", File.ReadAllText(f)));
        Assert.NotNull(new DirectoryInfo(folder[".saving-000002"]).LinkTarget);
        Assert.Single(Directory.GetFiles(folder["precious"]));
    }

    [Theory]
    [InlineData(".saving-000003/precious.safetensors")]
    [InlineData(".saving-000000/kept/encoder.safetensors")]
    [InlineData("generation-000000/old_experiment.safetensors")]
    [InlineData("generation-000000/.hidden")]
    public void A_folder_with_anything_that_no_checkpoint_has_stays_whole_and_is_told_of_once(string name)
    {
        string place = folder[name.Split('/')[0]], precious = folder.Write(name, "precious"), beside = folder.Write(name.Split('/')[0] + "/encoder.safetensors", "beside it");
        if (name.Contains("old_experiment", StringComparison.Ordinal))
            folder.Write("generation-000000/checksums.txt", $"00000000 8 old_experiment.safetensors\n00000000 9 encoder.safetensors\n");
        using (CheckpointFolder saving = CheckpointFolder.Reserve(folder.Path, null, warnings.Add))
        {
            for (int i = 0; i < 4; i++)
            {
                session.RunIteration();
                session.Save(saving);
            }
            Assert.Equal(4, saving.Open().State.Iteration);
        }
        Assert.Equal(("precious", "beside it"), (File.ReadAllText(precious), File.ReadAllText(beside)));
        Assert.Contains($"'{place}'", Assert.Single(warnings));
    }

    [SkippableTheory]
    [InlineData("size=300k", "could not be saved")]
    [InlineData("size=8m", "cannot be written")]
    public void A_full_or_read_only_disk_is_one_sentence_and_leaves_what_was_saved(string options, string complaint)
    {
        Skip.IfNot(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess
            && Run("mount", "-t", "tmpfs", "-o", options, "tmpfs", folder.Folder("disk")),
            "needs the right to mount a small file system");
        try
        {
            using (CheckpointFolder saving = CheckpointFolder.Reserve(folder["disk"]))
            {
                session.RunIteration();
                session.Save(saving);
                if (complaint.Contains("saved", StringComparison.Ordinal))
                {
                    session.RunIteration();
                    string message = Assert.Throws<UserErrorException>(() => session.Save(saving)).Message;
                    Assert.Contains(complaint, message);
                    Assert.Contains("No space left", message);
                    Assert.Equal(1, saving.Open().State.Iteration);
                    Assert.Single(Directory.EnumerateDirectories(folder["disk"]));
                    return;
                }
            }
            Assert.True(Run("mount", "-o", "remount,ro", folder["disk"]));
            string refusal = Assert.Throws<UserErrorException>(() => CheckpointFolder.Reserve(folder["disk"])).Message;
            Assert.Contains(complaint, refusal);
            Assert.Contains("Read-only", refusal);
            Assert.Equal(1, CheckpointFolder.ForReading(folder["disk"]).Open().State.Iteration);
        }
        finally
        {
            Run("umount", folder["disk"]);
        }
    }

    private static bool Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode == 0;
    }

    private List<string> Generations() =>
        [.. Directory.EnumerateDirectories(folder.Path, "generation-*").Select(d => Path.GetFileName(d)).Order()];

    private void Save(int times)
    {
        using CheckpointFolder saving = CheckpointFolder.Reserve(folder.Path);
        for (int i = 0; i < times; i++)
        {
            session.RunIteration();
            session.Save(saving);
        }
    }
}
