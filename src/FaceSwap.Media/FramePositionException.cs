using FaceSwap.Core;

namespace FaceSwap.Media;

/// <summary>A video has no such frame as <see cref="VideoReaderOptions.From"/> says.</summary>
/// <param name="message">As for <see cref="UserErrorException"/>.</param>
public sealed class FramePositionException(string message) : UserErrorException(message);
