import torch
import torch.nn as nn
import torch.optim as optim

torch.manual_seed(0)
x_train = torch.tensor([[1.0], [2.0], [3.0], [4.0]])
y_train = 2 * x_train + 1
model = nn.Linear(1, 1)
loss_fn = nn.MSELoss()
optimizer = optim.SGD(model.parameters(), lr=0.05)

for epoch in range(12):
    predictions = model(x_train)
    loss = loss_fn(predictions, y_train)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if (epoch + 1) % 4 == 0:
        print(f"Epoch {epoch + 1}: {loss.item():.4f}")
