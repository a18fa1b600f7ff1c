using FaceSwap.Core.Geometry;

namespace FaceSwap.Pipeline.Sort;

/// <summary>
/// Which way a face looks, from six of its 68 landmarks: the weak-perspective camera that carries a mean face's points nearest to them, by least squares. The mean
/// face is the generic six-point model that Satya Mallick published ("Head Pose Estimation using OpenCV and Dlib", LearnOpenCV, 2016).
/// An estimate that puts faces into order, not a measurement: some degrees off for people with other noses and chins.
/// </summary>
public static class HeadPose
{
    // Landmark, and its place in the mean face: x to the picture's right, y up, z out of the face.
    private static readonly (int Landmark, double X, double Y, double Z)[] Model =
    [
        (30, 0, 0, 0), (8, 0, -330, -65), (36, -225, 170, -135), (45, 225, 170, -135), (48, -150, -150, -125), (54, 150, -150, -125),
    ];

    /// <summary>Estimates the pose of a face that stands upright in the picture, as an aligned one does.</summary>
    /// <param name="landmarks">68 points, y downwards.</param>
    /// <returns>Degrees. Yaw above 0: towards the picture's right edge; pitch above 0: upwards.</returns>
    public static (double Yaw, double Pitch) Of(ReadOnlySpan<Point2> landmarks)
    {
        double my = 0, mz = 0, px = 0, py = 0;
        foreach ((int landmark, _, double y, double z) in Model)
            (my, mz, px, py) = (my + (y / Model.Length), mz + (z / Model.Length), px + (landmarks[landmark].X / Model.Length), py + (landmarks[landmark].Y / Model.Length));
        // The model is symmetric, so x is independent of y and z in the normal equations.
        double xx = 0, yy = 0, yz = 0, zz = 0;
        double ux = 0, uy = 0, uz = 0, vx = 0, vy = 0, vz = 0;
        foreach ((int landmark, double x, double modelY, double modelZ) in Model)
        {
            double y = modelY - my, z = modelZ - mz, u = landmarks[landmark].X - px, v = py - landmarks[landmark].Y;
            (xx, yy, yz, zz) = (xx + (x * x), yy + (y * y), yz + (y * z), zz + (z * z));
            (ux, uy, uz) = (ux + (u * x), uy + (u * y), uz + (u * z));
            (vx, vy, vz) = (vx + (v * x), vy + (v * y), vz + (v * z));
        }
        double determinant = (yy * zz) - (yz * yz);
        (double X, double Y, double Z) first = (ux / xx, ((uy * zz) - (uz * yz)) / determinant, ((uz * yy) - (uy * yz)) / determinant);
        (double X, double Y, double Z) second = (vx / xx, ((vy * zz) - (vz * yz)) / determinant, ((vz * yy) - (vy * yz)) / determinant);
        double scale = (Length(first) + Length(second)) / 2;
        if (!(scale > 0))
            return (0, 0);
        double right = Math.Clamp(first.Z / scale, -1, 1), up = Math.Clamp(second.Z / scale, -1, 1);
        double ahead = Math.Sqrt(Math.Max(1 - (right * right) - (up * up), 0));
        return (Math.Atan2(right, ahead) * 180 / Math.PI, Math.Asin(up) * 180 / Math.PI);
    }

    private static double Length((double X, double Y, double Z) row) => Math.Sqrt((row.X * row.X) + (row.Y * row.Y) + (row.Z * row.Z));
}
