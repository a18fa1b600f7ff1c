using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace FaceSwap.Cli.Infrastructure;

/// <summary>Makes options whose errors are sentences.</summary>
internal static class Opt
{
    // Thirty years.
    private const double MostSeconds = 1e9;

    /// <summary>A text that must be given.</summary>
    public static Option<string> Required(string name, string[] aliases, string value, string description) =>
        new(name, aliases) { Description = description, HelpName = value, Required = true };

    /// <summary>A text; null when not given.</summary>
    public static Option<string?> Optional(string name, string[] aliases, string value, string description) =>
        new(name, aliases) { Description = description, HelpName = value };

    /// <summary>On when given.</summary>
    public static Option<bool> Flag(string name, string[] aliases, string description) =>
        new(name, aliases) { Description = description, Arity = ArgumentArity.Zero };

    /// <summary>On or off; on when given without a word.</summary>
    public static Option<string> Switch(string name, string[] aliases, string description, bool standard) =>
        new(name, aliases)
        {
            Description = description,
            HelpName = "on|off",
            Arity = ArgumentArity.ZeroOrOne,
            DefaultValueFactory = _ => standard ? "on" : "off",
            CustomParser = result => result.Tokens.Count == 0 ? "on" : Pick(result, name, ["on", "off"]) ?? "on",
        };

    /// <summary>A whole number within bounds.</summary>
    public static Option<long> Whole(string name, string[] aliases, string description, long standard, long least, long most = int.MaxValue) =>
        new(name, aliases)
        {
            Description = description,
            HelpName = "N",
            DefaultValueFactory = _ => standard,
            CustomParser = result => long.TryParse(Single(result), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value)
                && value >= least && value <= most
                    ? value
                    : Fail<long>(result, $"{name} needs a whole number {Range(least, most)}, not '{Single(result)}'"),
        };

    /// <summary>A whole number within bounds, or <c>auto</c>, which is 0.</summary>
    public static Option<long> WholeOrAuto(string name, string[] aliases, string description, long standard, long least, long most) =>
        new(name, aliases)
        {
            Description = description + (standard == 0 ? " [default: auto]" : ""),
            HelpName = "N|auto",
            // Without one the value is 0, and the help does not show that.
            DefaultValueFactory = standard == 0 ? null : _ => standard,
            CustomParser = result => Single(result).Equals("auto", StringComparison.OrdinalIgnoreCase) ? 0
                : long.TryParse(Single(result), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value) && value >= least && value <= most
                    ? value
                    : Fail<long>(result, $"{name} needs a whole number {Range(least, most)} or auto, not '{Single(result)}'"),
        };

    /// <summary>A number above zero; null when not given.</summary>
    public static Option<double?> Positive(string name, string[] aliases, string value, string description) =>
        new(name, aliases)
        {
            Description = description,
            HelpName = value,
            CustomParser = result => Number(Single(result)) is double number and > 0
                ? number
                : Fail<double?>(result, $"{name} needs a number above 0, not '{Single(result)}'"),
        };

    /// <summary>A number of at least 0, with a default that the help shows.</summary>
    public static Option<double> Number(string name, string[] aliases, string value, string description, double standard) =>
        new(name, aliases)
        {
            Description = description,
            HelpName = value,
            DefaultValueFactory = _ => standard,
            CustomParser = result => Number(Single(result)) is double number and >= 0
                ? number
                : Fail<double>(result, $"{name} needs a number of at least 0, not '{Single(result)}'"),
        };

    /// <summary>Rising numbers with commas between; null when not given.</summary>
    public static Option<IReadOnlyList<double>?> Rising(string name, string[] aliases, string description) =>
        new(name, aliases)
        {
            Description = description,
            HelpName = "X,Y,...",
            CustomParser = result =>
            {
                double?[] numbers = [.. Single(result).Split(',', StringSplitOptions.TrimEntries).Select(Number)];
                return numbers.All(n => n is not null) && numbers.Zip(numbers.Skip(1)).All(pair => pair.First < pair.Second)
                    ? [.. numbers.Select(n => n!.Value)]
                    : Fail<IReadOnlyList<double>?>(result, $"{name} needs rising numbers with commas between, such as 10,20,40, not '{Single(result)}'");
            },
        };

    /// <summary>One or more paths after one another; empty when not given.</summary>
    public static Option<string[]> Paths(string name, string[] aliases, string value, string description) =>
        new(name, aliases)
        {
            Description = description,
            HelpName = value,
            Arity = ArgumentArity.OneOrMore,
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [],
        };

    /// <summary>A word that may be left out: null when the option is not given, <paramref name="standard"/> when it stands alone.</summary>
    public static Option<string?> OptionalWord(string name, string[] aliases, string value, string description, string standard) =>
        new(name, aliases)
        {
            Description = description,
            HelpName = value,
            Arity = ArgumentArity.ZeroOrOne,
            CustomParser = result => result.Tokens.Count == 0 ? standard : Single(result),
        };

    /// <summary>A moment as seconds or with a unit (<c>90</c>, <c>90s</c>, <c>3m</c>, <c>1.5h</c>) or as a clock (<c>1:30</c>); null when not given.</summary>
    public static Option<TimeSpan?> Time(string name, string[] aliases, string description) => Time(name, aliases, description, TimeSpan.Zero, "a time");

    /// <summary>A length of time, which is not nothing; written as a moment is.</summary>
    public static Option<TimeSpan?> Length(string name, string[] aliases, string description) =>
        Time(name, aliases, description, TimeSpan.FromTicks(1), "a time above 0");

    /// <summary>One of several words, in any case; the default is shown in the help.</summary>
    public static Option<string> Choice(string name, string[] aliases, string description, string standard, params string[] words) =>
        new(name, aliases)
        {
            Description = description,
            HelpName = string.Join('|', words),
            DefaultValueFactory = _ => standard,
            CustomParser = result => Pick(result, name, words) ?? standard,
        };

    /// <summary>One of several words, in any case; null when not given.</summary>
    public static Option<string?> OptionalChoice(string name, string[] aliases, string description, params string[] words) =>
        new(name, aliases)
        {
            Description = description,
            HelpName = string.Join('|', words),
            CustomParser = result => Pick(result, name, words),
        };

    private static Option<TimeSpan?> Time(string name, string[] aliases, string description, TimeSpan least, string what) =>
        new(name, aliases)
        {
            Description = description,
            HelpName = "TIME",
            CustomParser = result => ParseTime(Single(result)) is TimeSpan time && time >= least
                ? time
                : Fail<TimeSpan?>(result, $"{name} needs {what} such as 90, 3m, 1.5h or 1:30, not '{Single(result)}'"),
        };

    internal static TimeSpan? ParseTime(string text)
    {
        string[] clock = text.Split(':');
        if (clock.Length is 2 or 3)
        {
            double total = 0;
            foreach (string part in clock)
            {
                if (Number(part) is not (double value and >= 0 and < 60))
                    return null;
                total = total * 60 + value;
            }
            return TimeSpan.FromSeconds(total);
        }
        double unit = text is [.., 'h'] ? 3600 : text is [.., 'm'] ? 60 : 1;
        string digits = text is [.., 'h' or 'm' or 's'] ? text[..^1] : text;
        return Number(digits) is double number and >= 0 && number * unit < MostSeconds ? TimeSpan.FromSeconds(number * unit) : null;
    }

    private static double? Number(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value) ? value : null;

    private static string? Pick(ArgumentResult result, string name, string[] words) =>
        words.FirstOrDefault(word => word.Equals(Single(result), StringComparison.OrdinalIgnoreCase))
            ?? Fail<string?>(result, $"{name} is one of {string.Join(", ", words)}, not '{Single(result)}'");

    private static string Single(ArgumentResult result) => result.Tokens.Count == 1 ? result.Tokens[0].Value : "";

    private static string Range(long least, long most) => most >= int.MaxValue
        ? string.Create(CultureInfo.InvariantCulture, $"of at least {least}")
        : string.Create(CultureInfo.InvariantCulture, $"from {least} to {most}");

    private static T Fail<T>(ArgumentResult result, string message)
    {
        result.AddError(message);
        return default!;
    }
}
