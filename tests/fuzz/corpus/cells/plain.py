a = 1
	b = 2
while a:
  a -= 1
