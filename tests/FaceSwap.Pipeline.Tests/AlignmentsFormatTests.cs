using FaceSwap.Core;
using FaceSwap.Core.Geometry;
using FaceSwap.Pipeline.Alignments;
using FaceSwap.TestKit;

namespace FaceSwap.Pipeline.Tests;

/// <summary>
/// Alignments files as programs of the classic format write them. <c>python.json</c> and <c>python.yml</c> were written by Python's <c>json.dumps(d, indent=2)</c> and
/// PyYAML's <c>yaml.dump(d, default_flow_style=False)</c>, landmarks as tuples, as the classic tool's serializers do.
/// </summary>
public class AlignmentsFormatTests
{
    private static FaceRecord Face(int seed, int rotation = 0) => new(new RectI(seed, seed + 1, 100, 101),
        [.. Enumerable.Range(0, FaceRecord.LandmarkCount).Select(i => new Point2(seed + i, (2 * i) - seed))], rotation);

    private static AlignmentsFile Sample()
    {
        AlignmentsFile file = new();
        file.Set("0001.png", [Face(3)]);
        file.Set("b ä.jpg", [Face(40, 90), Face(5)]);
        file.Set("none.png", []);
        return file;
    }

    private static string Text(AlignmentsFile file, AlignmentsSerializer serializer = AlignmentsSerializer.Json)
    {
        using MemoryStream stream = new();
        file.Write(stream, serializer);
        return System.Text.Encoding.UTF8.GetString(stream.ToArray());
    }

    [Theory]
    [InlineData("python.json")]
    [InlineData("python.yml")]
    public void Files_of_the_classic_tool_are_read_whole(string name) =>
        Assert.Equal(Text(Sample()), Text(AlignmentsFile.Load(Golden.Path("alignments", name))));

    [Theory]
    [InlineData("a.json", '{')]
    [InlineData("a.yml", '"')]
    [InlineData("a.yaml", '"')]
    public void The_extension_chooses_the_format_and_both_keep_everything(string name, char first)
    {
        using TempFolder folder = new();
        Sample().Save(folder[name]);
        Assert.Equal(first, File.ReadAllText(folder[name])[0]);
        Assert.Equal(Text(Sample()), Text(AlignmentsFile.Load(folder[name])));
    }

    [Theory]
    [InlineData(AlignmentsSerializer.Json)]
    [InlineData(AlignmentsSerializer.Yaml)]
    public void Names_of_any_kind_and_a_file_without_frames_survive(AlignmentsSerializer serializer)
    {
        string[] names = ["", "yes", "1", "- a: b", "\"q\" \\ 'x' #", "tab\there\nnewline", "日本 \U0001F600", "{[}]", "&a", "%TAG", new string('n', 3000)];
        AlignmentsFile file = new();
        Assert.Equal(0, Read(file).FrameCount);
        foreach (string name in names)
            file.Set(name, [Face(1)]);
        Assert.Equal(names, Read(file).FrameNames);

        AlignmentsFile Read(AlignmentsFile written)
        {
            using MemoryStream stream = new();
            written.Write(stream, serializer);
            stream.Position = 0;
            return AlignmentsFile.Read(stream, serializer, "memory");
        }
    }

    [Fact]
    public void A_face_without_an_angle_is_upright_and_whole_numbers_may_have_a_point()
    {
        using TempFolder folder = new();
        string text = Text(Sample()).Replace("\"r\":0,", "").Replace("\"w\":100", "\"w\":100.0");
        AlignmentsFile file = AlignmentsFile.Load(folder.Write("old.json", text));
        Assert.Equal(Text(Sample()), Text(file));
    }

    [Fact]
    public void The_usual_places_are_searched_in_order()
    {
        using TempFolder folder = new();
        string clip = folder.Write("clip.mp4", "");
        Assert.Null(AlignmentsFile.FindBeside(folder.Path));
        Assert.Null(AlignmentsFile.FindBeside(clip));
        foreach (string name in new[] { "alignments.yaml", "alignments.yml", "alignments.json" })
        {
            Assert.Equal(folder.Write(name, "{}"), AlignmentsFile.FindBeside(folder.Path));
            Assert.Equal(folder.Write("clip_" + name, "{}"), AlignmentsFile.FindBeside(clip));
        }
    }

    [Theory]
    [InlineData("a.yml", "a: &x [1]\nb: *x\n")]
    [InlineData("a.yml", "")]
    [InlineData("a.yml", "a: [")]
    [InlineData("a.yml", "? [1]\n: []\n")]
    [InlineData("a.yml", "- 1\n")]
    [InlineData("a.p", "x")]
    public void Files_that_are_none_give_one_sentence(string name, string content)
    {
        using TempFolder folder = new();
        UserErrorException error = Assert.Throws<UserErrorException>(() => AlignmentsFile.Load(folder.Write(name, content)));
        Assert.Contains(name, error.Message);
        Assert.DoesNotContain("\n", error.Message);
    }

    [Theory]
    [InlineData(AlignmentsSerializer.Json, '[', ']')]
    [InlineData(AlignmentsSerializer.Yaml, '[', ']')]
    public void Nesting_without_end_is_refused(AlignmentsSerializer serializer, char open, char close)
    {
        const int depth = 20000;
        byte[] bytes = [.. "{\"a\":"u8, .. Enumerable.Repeat((byte)open, depth), .. Enumerable.Repeat((byte)close, depth), (byte)'}'];
        Assert.Throws<UserErrorException>(() => AlignmentsFile.Read(new MemoryStream(bytes), serializer, "memory"));
    }

    /// <summary>Whatever a file holds, it is read or refused by one sentence, and what is read can be written and read again.</summary>
    [Theory]
    [InlineData(AlignmentsSerializer.Json, 10_000)]
    [InlineData(AlignmentsSerializer.Yaml, 5_000)]
    public void Mutated_files_are_read_or_refused(AlignmentsSerializer serializer, int mutations)
    {
        AlignmentsFile small = new();
        small.Set("a\"ä.png", [Face(3, 90)]);
        small.Set("b.png", []);
        byte[] whole = System.Text.Encoding.UTF8.GetBytes(Text(small, serializer));
        string alphabet = "{}[]\":,-.0123456789eE&*!#|>?%@`'\n\t \\u\0äNaN~";
        Random random = new(11);
        int read = 0, refused = 0;
        for (int i = 0; i < mutations; i++)
        {
            List<byte> bytes = [.. whole];
            for (int edits = random.Next(1, 4); edits > 0 && bytes.Count > 0; edits--)
                Mutate(bytes, random, alphabet);
            try
            {
                AlignmentsFile file = AlignmentsFile.Read(new MemoryStream([.. bytes]), serializer, "memory");
                using MemoryStream again = new();
                file.Write(again, serializer);
                again.Position = 0;
                Assert.Equal(Text(file), Text(AlignmentsFile.Read(again, serializer, "memory")));
                read++;
            }
            catch (UserErrorException e)
            {
                Assert.DoesNotContain('\n', e.Message);
                Assert.InRange(e.Message.Length, 1, 2000);
                refused++;
            }
        }
        Assert.True(read > 100 && refused > 1000, $"{read} read, {refused} refused: the mutations try nothing");
    }

    private static void Mutate(List<byte> bytes, Random random, string alphabet)
    {
        int at = random.Next(bytes.Count), length = Math.Min(random.Next(1, 40), bytes.Count - at);
        switch (random.Next(6))
        {
            case 0:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1:
                bytes[at] = (byte)alphabet[random.Next(alphabet.Length)];
                break;
            case 2:
                bytes.Insert(at, (byte)alphabet[random.Next(alphabet.Length)]);
                break;
            case 3:
                bytes.RemoveRange(at, length);
                break;
            case 4:
                bytes.InsertRange(random.Next(bytes.Count), bytes.GetRange(at, length));
                break;
            default:
                bytes.RemoveRange(at, bytes.Count - at);
                break;
        }
    }
}
