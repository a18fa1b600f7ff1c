using System.Text;

namespace FaceSwap.Cli.Infrastructure;

/// <summary>
/// Standard output or standard error as something that may fail without ending the work that is reported: where the terminal is gone, the disk behind it full or the descriptor
/// closed, lines are lost, and <see cref="Trouble"/> says why. The next one is tried all the same. A reader that has gone away has read enough, which is no trouble.
/// </summary>
internal sealed class GuardedWriter(TextWriter inner) : TextWriter
{
    private readonly Lock gate = new();

    public override Encoding Encoding => Encoding.UTF8;

    /// <summary>Why something could not be written, the first time; null while all could.</summary>
    public string? Trouble { get; private set; }

    public override void Write(char value) => Try(w => w.Write(value));

    public override void Write(char[] buffer, int index, int count) => Try(w => w.Write(buffer, index, count));

    public override void Write(string? value) => Try(w => w.Write(value));

    public override void Write(ReadOnlySpan<char> buffer) => Write(buffer.ToString());

    public override void WriteLine() => Try(static w => w.WriteLine());

    public override void WriteLine(string? value) => Try(w => w.WriteLine(value));

    public override void Flush() => Try(static w => w.Flush());

    private void Try(Action<TextWriter> write)
    {
        try
        {
            lock (gate)
                write(inner);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            // What the base library says of a closed descriptor is that access is denied.
            Trouble ??= e is UnauthorizedAccessException ? "it is closed" : e.Message.TrimEnd('.');
        }
    }
}
