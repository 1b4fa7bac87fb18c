using Slipway.Tracking.Domain.TensorBoard;

namespace Slipway.Tracking.Tests.Domain.TensorBoard;

public sealed class ScalarTensorTests
{
    [Theory]
    [InlineData("0801" + "2A04" + "00000040", 2.0)] // float_val, packed
    [InlineData("0801" + "2D" + "00000040", 2.0)] // float_val, single
    [InlineData("0802" + "3208" + "000000000000F03F", 1.0)] // double_val
    [InlineData("0803" + "3A01" + "07", 7.0)] // int_val
    [InlineData("0809" + "50" + "FFFFFFFFFFFFFFFFFF01", -1.0)] // int64_val
    [InlineData("080A" + "5801", 1.0)] // bool_val
    [InlineData("0813" + "6A04" + "80788078", null)] // half_val, two of them
    [InlineData("0813" + "68" + "8078", 1.0)] // half_val 0x3C00
    [InlineData("080E" + "68" + "80FF00", 1.0)] // bfloat16 0x3F80
    [InlineData("0813" + "2202" + "003C", 1.0)] // half in the content
    [InlineData("0809" + "2208" + "0500000000000000", 5.0)] // int64 in the content
    [InlineData("0804" + "2201" + "FF", 255.0)] // uint8 in the content
    [InlineData("0801" + "1204" + "12020801" + "2A04" + "00000040", 2.0)] // shape [1]
    [InlineData("0801" + "1204" + "12020802" + "2A04" + "00000040", null)] // shape [2]
    [InlineData("0801" + "1200", 0.0)] // a zero that was left out
    [InlineData("0807" + "4203" + "616263", null)] // text
    [InlineData("", null)]
    [InlineData("FF", null)] // damage
    public void Tensor_ReadsAsItsOneNumber(string hex, double? expected)
    {
        Assert.Equal(expected, ScalarTensor.Read(Convert.FromHexString(hex)));
    }
}
