using FaceSwap.Pipeline;
using Spectre.Console;

namespace FaceSwap.Cli.Infrastructure;

/// <summary>Progress on a terminal: a row for each stage, redrawn in place at most ten times a second.</summary>
internal sealed class LiveProgress : IProgress<WorkProgress>
{
    private const int BarWidth = 24;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);
    private readonly Lock gate = new();
    private readonly LiveDisplayContext display;
    private readonly List<WorkProgress> stages = [];
    private DateTime drawn;

    private LiveProgress(LiveDisplayContext display)
    {
        this.display = display;
    }

    /// <summary>Runs work with the display; its last state stays on the screen.</summary>
    public static T Run<T>(IAnsiConsole console, Func<IProgress<WorkProgress>, T> work) => console.Live(new Rows()).Start(display =>
    {
        LiveProgress progress = new(display);
        try
        {
            return work(progress);
        }
        finally
        {
            progress.Draw();
        }
    });

    public void Report(WorkProgress value)
    {
        lock (gate)
        {
            int index = stages.FindIndex(s => s.Stage == value.Stage);
            if (index < 0)
                stages.Add(value);
            else
                stages[index] = value;
            bool finished = value.Total > 0 && value.Done >= value.Total;
            if (!finished && index >= 0 && DateTime.UtcNow - drawn < Interval)
                return;
            Draw();
        }
    }

    private void Draw()
    {
        lock (gate)
        {
            drawn = DateTime.UtcNow;
            Grid grid = new();
            for (int i = 0; i < 5; i++)
                grid.AddColumn(new GridColumn().NoWrap());
            foreach (WorkProgress s in stages)
            {
                grid.AddRow(new Markup($"[bold]{Markup.Escape(s.Stage)}[/]"), new Markup(Bar(s)),
                    new Text(s.Total > 0 ? $"{s.Done}/{s.Total} {s.Unit}" : $"{s.Done} {s.Unit}"),
                    new Text($"{Human.Rate(s.Rate)}/s{(s.Remaining is TimeSpan left ? ", " + Human.Duration(left) + " left" : "")}"),
                    new Text(s.Detail));
            }
            display.UpdateTarget(grid);
        }
    }

    private static string Bar(WorkProgress s)
    {
        if (s.Total <= 0)
            return "";
        int full = (int)Math.Clamp(s.Done * BarWidth / s.Total, 0, BarWidth);
        return $"[green]{new string('━', full)}[/][grey]{new string('━', BarWidth - full)}[/]";
    }
}
