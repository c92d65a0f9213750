# %% one
x = 1
#%% two
y = 2
# In[3]:
z = '‮'
