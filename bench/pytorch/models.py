"""The networks of gradsocket in PyTorch, for comparisons. The same layers, shapes and initial distributions."""

import torch
import torch.nn as nn
import torch.nn.functional as F


class CNN(nn.Module):
    """Blocks of 3x3 convolution, relu, 2x2 max-pool; a hidden dense layer; a dense layer to the classes."""

    def __init__(self, size=32, inputs=3, classes=10, channels=(32, 64, 128), dense=128):
        super().__init__()
        self.convolutions = nn.ModuleList()
        for outputs in channels:
            self.convolutions.append(nn.Conv2d(inputs, outputs, 3, padding=1))
            inputs, size = outputs, size // 2
        self.hidden = nn.Linear(inputs * size * size, dense)
        self.head = nn.Linear(dense, classes)

    def forward(self, x):
        for convolution in self.convolutions:
            x = F.max_pool2d(F.relu(convolution(x)), 2)
        return self.head(F.relu(self.hidden(x.flatten(1))))


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.shortcut = nn.Identity()
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(y + self.shortcut(x))


class ResNet18(nn.Module):
    """ResNet-18 with the 3x3 stem for small images."""

    def __init__(self, inputs=3, classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, 64, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        blocks, inputs = [], 64
        for outputs, stride in ((64, 1), (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1)):
            blocks.append(Block(inputs, outputs, stride))
            inputs = outputs
        self.blocks = nn.Sequential(*blocks)
        self.fc = nn.Linear(512, classes)

    def forward(self, x):
        return self.fc(self.blocks(F.relu(self.bn1(self.conv1(x)))).mean((2, 3)))


def initialise_he_normal(model):
    """gradsocket's `--init he_normal`: Kaiming's normal (fan-in) for weights, for relu but in the last layer; zero for biases."""
    layers = [module for module in model.modules() if isinstance(module, (nn.Conv2d, nn.Linear))]
    for module in layers:
        nn.init.kaiming_normal_(module.weight, nonlinearity="linear" if module is layers[-1] else "relu")
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    return model


def build(name, **options):
    return {"cnn": CNN, "resnet18": ResNet18}[name](**options)
